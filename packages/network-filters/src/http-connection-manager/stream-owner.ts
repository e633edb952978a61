import type { ConnectionInfo } from '@nuncio/core'
import type { ActiveStream } from './active-stream.ts'

/** The connection of a stream, whatever its protocol. */
export interface StreamOwner {
  readonly info: ConnectionInfo
  /** Bytes that may wait for one stream. */
  readonly bufferLimit: number
  /** A response head is about to be sent: the last moment to say that the connection ends behind it. */
  beforeResponse(): void
  streamDone(stream: ActiveStream): void
}
