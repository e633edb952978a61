/** Which addresses a name is asked for, as `dns_lookup_family` says. */
export type DnsLookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL'

/** One address of an answer. */
export interface DnsAddress {
  readonly ip: string
  /** How long the answer may be kept, in milliseconds; 0 when the server said so, Infinity for what never changes. */
  readonly ttlMs: number
}

/** What came of a question. */
export interface DnsAnswer {
  /**
   * - `completed`: there is an answer; no addresses means that the name has none (or does not exist)
   * - `failure`: nobody answered, or not sensibly: what was known before still holds
   */
  readonly status: 'completed' | 'failure'
  /** In the order of the answer, without repeats. */
  readonly addresses: readonly DnsAddress[]
  /** The resolver's own word, such as `ETIMEOUT` or `ENOTFOUND`; '' when all is well. */
  readonly details: string
}

/** A question under way. */
export interface DnsQuery {
  /** The answer will not be told. */
  cancel(): void
}

/** Turns names into addresses. */
export interface DnsResolver {
  /**
   * Asks for the addresses of a name. `onAnswer` is called once, perhaps before `resolve` returned (addresses, names
   * of the hosts file), and never after `cancel` or `close`.
   */
  resolve(name: string, family: DnsLookupFamily, onAnswer: (answer: DnsAnswer) => void): DnsQuery
  /** Cancels every question and frees the sockets. */
  close(): void
}

/** The DNS record types to ask for, one after the other; `both` asks for all of them, else the first that has any wins. */
export interface LookupOrder {
  readonly families: readonly (4 | 6)[]
  readonly both: boolean
}

const ORDERS: Readonly<Record<DnsLookupFamily, LookupOrder>> = {
  AUTO: { families: [6, 4], both: false },
  V4_ONLY: { families: [4], both: false },
  V6_ONLY: { families: [6], both: false },
  V4_PREFERRED: { families: [4, 6], both: false },
  ALL: { families: [4, 6], both: true },
}

/** In which order a family setting asks: `AUTO` prefers IPv6, as Envoy does. */
export function lookupOrder(family: DnsLookupFamily): LookupOrder {
  return ORDERS[family]
}

/** An answer with these addresses, repeats left out. */
export function completed(addresses: readonly DnsAddress[], details = ''): DnsAnswer {
  const seen = new Set<string>()
  const unique = addresses.filter((address) => !seen.has(address.ip) && seen.add(address.ip) !== undefined)
  return { status: 'completed', addresses: unique, details }
}

/** No answer at all. */
export function failure(details: string): DnsAnswer {
  return { status: 'failure', addresses: [], details }
}
