import type { ConnectionInfo } from '@nuncio/core'
import type { ActiveStream } from './active-stream.ts'

/** The connection of a stream, whatever its protocol. */
export interface StreamOwner {
  readonly info: ConnectionInfo
  /** Why the proxy itself closed the connection, without blanks; undefined: it did not. */
  readonly closeReason: string | undefined
  /** Bytes that may wait for one stream. */
  readonly bufferLimit: number
  /**
   * A response head is about to be sent: the last moment to say that the connection ends behind it. It does, over
   * HTTP/1, when the request was refused before any filter saw it.
   */
  beforeResponse(refused: boolean): void
  /**
   * The stream wants `onWake` at this moment or a little later. A connection keeps one deadline for itself and its
   * streams, and moves it only forward: requests that come and go arm no timers of their own.
   */
  wakeAt(atMs: number): void
  /** When a stream without an end of its own should be ended because the connection drains; Infinity: it does not. */
  drainAt(): number
  streamDone(stream: ActiveStream): void
  /** Load is shed in the middle of reading (`http1_server_abort_dispatch`): the connection ends behind the answer. */
  abortsDispatch(): boolean
}
