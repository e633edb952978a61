import type { BindAddress, ListenHandle } from '@nuncio/listener'
import { rmSync } from 'node:fs'

/** A socket that is bound, by this process or by the one that it took over from. */
export class BoundSocket {
  readonly at: BindAddress
  readonly handle: ListenHandle
  /** What the kernel chose when 0 was asked for; 0 of a Unix socket. */
  readonly port: number

  constructor(at: BindAddress, handle: ListenHandle, port: number) {
    this.at = at
    this.handle = handle
    this.port = port
  }

  /** Nobody listens here any more: the path of a Unix socket goes, too. */
  close(): void {
    this.letGo()
    if (this.at.unix && !this.at.address.startsWith('@')) rmSync(this.at.address, { force: true })
  }

  /** Another process has it. */
  letGo(): void {
    ;(this.handle as { close(): void }).close()
  }
}
