import {
  HeaderTable,
  type HeaderMap,
  latin1Bytes,
  latin1Text,
  type RequestHeaders,
  responseHeaders,
} from '@nuncio/core'
import type { TerminalFilter, TerminalStream } from '../engine/terminal.ts'
import type { FilterStream } from '../filter-stream.ts'

export type Pairs = readonly (readonly [string, string])[]
type Body = string | Uint8Array | readonly (string | Uint8Array)[]

/** What an upstream answers; a function sees the request first. */
export interface UpstreamAnswer {
  readonly status?: number
  readonly headers?: Pairs
  readonly body?: Body
  readonly trailers?: Pairs
  /** Never answers. */
  readonly silent?: boolean
}

/** The request as it came out of the chain. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly headers: Pairs
  readonly body: string
  readonly trailers: Pairs | undefined
}

export function bodyChunks(body: Body | undefined): Uint8Array[] {
  if (body === undefined) return []
  const parts: readonly (string | Uint8Array)[] = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  return parts.map((part) => (typeof part === 'string' ? latin1Bytes(part) : part)).filter((part) => part.length > 0)
}

function pairsOf(headers: HeaderMap): Pairs {
  const pairs: [string, string][] = []
  headers.forEach((name, value) => pairs.push([name, value]))
  return pairs
}

/** Stands where the router filter would: records the request and answers by script. */
export class ScriptedOrigin implements TerminalFilter {
  readonly #answer: UpstreamAnswer | ((request: SeenRequest) => UpstreamAnswer)
  #stream!: TerminalStream
  #headers: RequestHeaders | undefined = undefined
  #chunks: Uint8Array[] = []
  #trailers: Pairs | undefined = undefined
  seen: SeenRequest | undefined = undefined
  abandoned = false

  constructor(answer: UpstreamAnswer | ((request: SeenRequest) => UpstreamAnswer)) {
    this.#answer = answer
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void {
    this.#stream = stream as TerminalStream
    this.#headers = headers
    if (endStream) this.#respond()
  }
  onRequestData(chunk: Uint8Array, _stream: FilterStream, endStream: boolean): void {
    this.#chunks.push(new Uint8Array(chunk))
    if (endStream) this.#respond()
  }
  onRequestTrailers(trailers: HeaderMap): void {
    this.#trailers = pairsOf(trailers)
    this.#respond()
  }
  onDownstreamWritable(): void {}
  abandon(): void {
    this.abandoned = true
  }

  #respond(): void {
    const headers = this.#headers!
    this.seen = {
      method: headers.method,
      path: headers.path,
      authority: headers.authority,
      headers: pairsOf(headers),
      body: this.#chunks.map(latin1Text).join(''),
      trailers: this.#trailers,
    }
    const answer = typeof this.#answer === 'function' ? this.#answer(this.seen) : this.#answer
    if (answer.silent === true) return
    const chunks = bodyChunks(answer.body)
    const trailers = answer.trailers
    const stream = this.#stream
    stream.info.details = 'via_upstream'
    stream.info.fate = 'success'
    stream.encodeHeaders(
      responseHeaders(answer.status ?? 200, answer.headers ?? []),
      chunks.length === 0 && trailers === undefined,
    )
    chunks.forEach((chunk, i) => stream.encodeData(chunk, i === chunks.length - 1 && trailers === undefined))
    if (trailers !== undefined) {
      const table = new HeaderTable()
      for (const [name, value] of trailers) table.append(name, value)
      stream.encodeTrailers(table)
    }
  }
}
