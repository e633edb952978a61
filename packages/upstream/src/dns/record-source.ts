import type { DnsAddress, DnsQuery } from './dns-resolver.ts'

/**
 * What servers say of one record type of one name. `code` is '' when there are records, else c-ares' word for why there
 * are none: `ENODATA` and `ENOTFOUND` are answers, everything else is a failure.
 */
export type OnRecords = (code: string, addresses: readonly DnsAddress[]) => void

/** Asks DNS servers, over whatever they are reached. */
export interface RecordSource {
  /**
   * Asks for the A (4) or AAAA (6) records of a name as it stands. `onRecords` is called once, perhaps before `ask`
   * returned, and not after the question was cancelled or the source closed.
   */
  ask(name: string, family: 4 | 6, onRecords: OnRecords): DnsQuery
  /** Ends every question and frees the sockets. */
  close(): void
}

/** How servers are asked. */
export interface SourceOptions {
  /** `ip`, `ip:port` or `[v6]:port`, in the order in which they are asked; none: the machine's own. */
  readonly servers: readonly string[]
  /** Milliseconds that one server is waited for in the first round; twice as long in each round after it. */
  readonly timeoutMs: number
  /** How often each server is asked. */
  readonly tries: number
}

/** A question that is over already. */
export const NO_QUERY: DnsQuery = { cancel: () => {} }
