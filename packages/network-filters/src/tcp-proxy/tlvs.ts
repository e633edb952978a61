import { compileSubstitutionFormat, type FormatContext, type Formatter } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { PROXY_PROTOCOL_STATE, ProxyProtocolState, type Tlv } from '@nuncio/core'
import type { NetworkConnection, NetworkFilterContext } from '@nuncio/listener'
import type { HttpServices } from '../http-services/http-services.ts'
import { findingReporter } from '../log-matchers/log-matchers.ts'

/** A TLV for the PROXY protocol header of an upstream connection: fixed bytes, or formatted for each connection. */
interface TlvSetting {
  readonly type: number
  readonly value: Uint8Array
  readonly formatter: Formatter | undefined
}

/** Compiles `proxy_protocol_tlvs`. */
export function compileTlvs(
  list: readonly Message<'envoy.config.core.v3.TlvEntry'>[],
  place: ConfigPlace,
  context: NetworkFilterContext<HttpServices>,
): readonly TlvSetting[] {
  const { path, sources, time, random, services } = context
  const report = context.report.bind(context)
  const { environment, readFile } = services.platform
  return list.map((entry, i) => {
    const { type = 0, value = new Uint8Array(0), format_string: format } = entry
    if (value.length > 0 === (format !== undefined))
      place.item('proxy_protocol_tlvs', i, entry).error('oneof-conflict', 'a TLV has either a value or a format_string')
    const compiled =
      format &&
      compileSubstitutionFormat(format, {
        report: findingReporter(`${path}.proxy_protocol_tlvs[${i}].format_string`, report, sources),
        readFile,
        controls: 'none',
        environment: { environment, time, random },
      })
    return { type, value, formatter: compiled?.formatter }
  })
}

/** Leaves them for the upstream's PROXY protocol, unless a header of the client's decides what it says. */
export function setTlvs({ info }: NetworkConnection, settings: readonly TlvSetting[], context: FormatContext): void {
  if (settings.length === 0 || info.filterState?.has(PROXY_PROTOCOL_STATE) === true) return
  const tlvs = settings.map(({ type, value, formatter }): Tlv => ({
    type,
    value: formatter === undefined ? value : Buffer.from(formatter.format(context), 'latin1'),
  }))
  info.filterState ??= new Map()
  info.filterState.set(PROXY_PROTOCOL_STATE, new ProxyProtocolState(info.remote, info.local, tlvs))
}
