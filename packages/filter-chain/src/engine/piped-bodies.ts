import { type HeaderMap, HeaderTable } from '@nuncio/core'
import type { RequestPipe } from './request-pipe.ts'
import type { ResponsePipe } from './response-pipe.ts'

/** What filters may ask of the bodies and trailers of their stream. Only filters with hooks ask, so the pipe is there. */
export abstract class PipedBodies {
  requestTrailers: HeaderMap | undefined = undefined
  responseTrailers: HeaderMap | undefined = undefined
  /** Undefined in a direction that has no hooks, or that nothing has come in. */
  protected requestPipe: RequestPipe | undefined = undefined
  protected responsePipe: ResponsePipe | undefined = undefined

  bufferRequest(maxBytes: number): Promise<Uint8Array | undefined> {
    return this.requestPipe!.buffer(maxBytes)
  }
  get bufferedRequest(): Uint8Array {
    return this.requestPipe!.buffered
  }
  bufferResponse(maxBytes: number): Promise<Uint8Array | undefined> {
    return this.responsePipe!.buffer(maxBytes)
  }
  get bufferedResponse(): Uint8Array {
    return this.responsePipe!.buffered
  }
  streamRequest(maxBytes: number, bodyOver: () => void): void {
    this.requestPipe!.stream(maxBytes, bodyOver)
  }
  streamResponse(maxBytes: number, bodyOver: () => void): void {
    this.responsePipe!.stream(maxBytes, bodyOver)
  }
  setBufferedRequest(body: Uint8Array): void {
    this.requestPipe!.setBody(body)
  }
  setBufferedResponse(body: Uint8Array): void {
    this.responsePipe!.setBody(body)
  }
  addRequestData(chunk: Uint8Array): void {
    this.requestPipe!.inject(chunk)
  }
  addResponseData(chunk: Uint8Array): void {
    this.responsePipe!.inject(chunk)
  }
  addRequestTrailers(): HeaderMap {
    this.requestPipe!.addTrailers()
    return (this.requestTrailers = new HeaderTable())
  }
  addResponseTrailers(): HeaderMap {
    this.responsePipe!.addTrailers()
    return (this.responseTrailers = new HeaderTable())
  }
}
