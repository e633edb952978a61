import type { Message } from '@nuncio/config'
import type { Tlv } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'

/** What a header says beside the addresses. */
export interface HeaderContents {
  readonly version: 1 | 2
  /** On every connection. */
  readonly added: readonly Tlv[]
  /** Of those that belong to the connection. */
  passes(type: number): boolean
}

/** Decides it from a `ProxyProtocolConfig`. */
export function decideContents(
  config: Message<'envoy.config.core.v3.ProxyProtocolConfig'>,
  place: ConfigPlace,
): HeaderContents {
  const passed = config.pass_through_tlvs
  const all = passed !== undefined && passed.match_type !== 'INCLUDE'
  const types = new Set(passed?.tlv_type)
  return {
    version: config.version === 'V2' ? 2 : 1,
    added: (config.added_tlvs ?? []).map((entry, i) => addedTlv(entry, place.item('added_tlvs', i, entry))),
    passes: (type) => all || types.has(type),
  }
}

function addedTlv(entry: Message<'envoy.config.core.v3.TlvEntry'>, place: ConfigPlace): Tlv {
  if (entry.format_string !== undefined)
    place.at('format_string').error('unsupported', 'TLVs of a cluster are the same for all connections', 'Set value.')
  else if ((entry.value?.length ?? 0) === 0) place.error('missing-field', 'a TLV needs a value')
  return { type: entry.type ?? 0, value: entry.value ?? new Uint8Array(0) }
}
