import type { SocketAddress } from '@nuncio/core'
import { type CidrSet, ipNumber } from '@nuncio/matching'

/** The address that a text is; undefined when it is none. */
export function addressOf(text: string): SocketAddress | undefined {
  const address = text.trim()
  return ipNumber(address) === undefined ? undefined : { address, port: 0 }
}

/** The entry of an x-forwarded-for list, 0 = the last; undefined when there is none or it is no address. */
export function entryFromRight(list: string, fromRight: number): SocketAddress | undefined {
  let end = list.length
  for (let skip = fromRight; ; skip--) {
    const comma = list.lastIndexOf(',', end - 1)
    if (skip === 0) return addressOf(list.slice(comma + 1, end))
    if (comma < 0) return undefined
    end = comma
  }
}

/**
 * The last entry of an x-forwarded-for list that is not `trusted`; the first when all are. Undefined when something that
 * is no address stands behind it.
 */
export function lastUntrusted(list: string, trusted: CidrSet): SocketAddress | undefined {
  for (let end = list.length; ;) {
    const comma = list.lastIndexOf(',', end - 1)
    const entry = addressOf(list.slice(comma + 1, end))
    if (entry === undefined || comma < 0 || !trusted.has(entry.address)) return entry
    end = comma
  }
}
