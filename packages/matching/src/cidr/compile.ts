import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { CidrSet } from './cidr-set.ts'

type CidrRange = Message<'envoy.config.core.v3.CidrRange'> | Message<'xds.core.v3.CidrRange'>

/** Compiles a list of CIDR ranges that stands in a field of the message at `place`. A bad one is a problem. */
export function compileCidrRanges(
  ranges: readonly CidrRange[] | undefined,
  place: ConfigPlace,
  field: string,
): CidrSet {
  const set = new CidrSet()
  ranges?.forEach((range, i) => {
    const { address_prefix: address = '', prefix_len: length = 0 } = range
    if (!set.add(address, length)) badRange(place.item(field, i, range), address, length)
  })
  return set
}

/** Reports a range that is none. */
export function badRange(place: ConfigPlace, address: string, length: number): void {
  place.error(
    'malformed-address',
    `${address}/${length} is not a CIDR range`,
    'an IP address, and a length up to 32 (IPv4) or 128 (IPv6)',
  )
}
