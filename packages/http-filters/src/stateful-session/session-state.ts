import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'

/** Where a client keeps the address of its host. */
export interface SessionState {
  /** Whether requests like this one have a session at all. */
  concerns(headers: RequestHeaders): boolean
  /** The address that the client brought, `ip:port`; '' = none that counts. */
  read(headers: RequestHeaders, wallMs: number): string
  /** Gives the client the address of the host that answered; `brought` is what `read` found. */
  write(headers: ResponseHeaders, address: string, brought: string, wallMs: number): void
}
