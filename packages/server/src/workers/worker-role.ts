import type { SocketSource } from '@nuncio/listener'

/** What a server knows of the workers that it is one of. */
export interface WorkerRole {
  /** 0 to `workers` - 1; its successors have the same. */
  readonly slot: number
  readonly workers: number
  readonly sockets: SocketSource
}
