import { envoyMessage, type Message } from '@nuncio/config'
import {
  type Counter,
  type FilterStateValue,
  PROXY_PROTOCOL_STATE,
  ProxyProtocolState,
  type StatsScope,
  type Tlv,
  utf8Text,
} from '@nuncio/core'
import type {
  ListenerFilter,
  ListenerFilterContext,
  ListenerFilterDefinition,
  ListenerFilterVerdict,
  PendingConnection,
} from '../../contracts.ts'
import { MAX_PROXY_HEADER, type ProxyHeader, proxyVersion, readV1, readV2 } from './header.ts'

type Config = Message<'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'>

/** Where metadata of TLV rules goes that name no namespace. */
const NAMESPACE = 'envoy.filters.listener.proxy_protocol'
/** Filter state with the values of TLVs that rules name, where they are not to go to metadata. */
const TLV_STATE = 'envoy.network.proxy_protocol.tlv'

/** Reads who really connects, and where to, from a PROXY protocol header (versions 1 and 2) before all other bytes. */
export const proxyProtocol: ListenerFilterDefinition<Config> = {
  name: 'envoy.filters.listener.proxy_protocol',
  config: envoyMessage('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol', {
    'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol': '*',
    'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.Rule': '*',
    'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair': '*',
    'envoy.config.core.v3.ProxyProtocolPassThroughTLVs': '*',
  }),
  stability: 'stable',
  maxBytes: () => MAX_PROXY_HEADER,
  create: (config, context) => makeProxyProtocol(config, context),
}

interface VersionStats {
  readonly found: Counter
  readonly disallowed: Counter
  readonly error: Counter
}

function versionStats(scope: StatsScope): VersionStats {
  return { found: scope.counter('found'), disallowed: scope.counter('disallowed'), error: scope.counter('error') }
}

function makeProxyProtocol(config: Config, { stats }: ListenerFilterContext): ListenerFilter {
  const scope = stats.scope(config.stat_prefix ? `proxy_proto.${config.stat_prefix}.` : 'proxy_proto.')
  const versions = { 1: versionStats(scope.scope('versions.v1.')), 2: versionStats(scope.scope('versions.v2.')) }
  const notFoundAllowed = scope.counter('not_found_allowed')
  const notFoundDisallowed = scope.counter('not_found_disallowed')
  // Envoy's older counter, still there beside the ones by version.
  const anyError = stats.counter('downstream_cx_proxy_proto_error')
  const disallowed = config.disallowed_versions ?? []
  const allowed = { 1: !disallowed.includes('V1'), 2: !disallowed.includes('V2') }

  const withoutOne = config.allow_requests_without_proxy_protocol === true

  function refuse(connection: PendingConnection, counter: Counter, details: string): ListenerFilterVerdict {
    counter.inc()
    anyError.inc()
    connection.terminationDetails = details
    return 'close'
  }

  function onData(data: Buffer, connection: PendingConnection): ListenerFilterVerdict {
    const version = proxyVersion(data)
    if (version === 'wait') return data.length + 1
    // Where none is needed, one of a version that is not allowed is none.
    if (withoutOne && (version === 'none' || !allowed[version])) {
      notFoundAllowed.inc()
      return 'continue'
    }
    if (version === 'none') return refuse(connection, notFoundDisallowed, 'proxy_protocol_not_found')
    if (!allowed[version]) return refuse(connection, versions[version].disallowed, 'proxy_protocol_version_disallowed')
    const header = version === 1 ? readV1(data) : readV2(data)
    if (typeof header === 'number') return header
    if ('error' in header) return refuse(connection, versions[version].error, 'proxy_protocol_error')
    versions[version].found.inc()
    connection.consume(header.length)
    apply(header, config, connection)
    return 'continue'
  }
  return { onAccept: () => 1, onData }
}

function apply({ addresses, tlvs }: ProxyHeader, config: Config, connection: PendingConnection): void {
  if (addresses === undefined) return
  const { source, destination } = addresses
  const { local } = connection
  connection.remote = source
  if (local.address !== destination.address || local.port !== destination.port) {
    connection.local = destination
    connection.localAddressRestored = true
  }
  keepByRules(tlvs, config, connection)
  const passed = config.pass_through_tlvs
  const kept =
    passed === undefined
      ? []
      : tlvs.filter((tlv) => passed.match_type !== 'INCLUDE' || passed.tlv_type?.includes(tlv.type))
  connection.filterState ??= new Map()
  connection.filterState.set(PROXY_PROTOCOL_STATE, new ProxyProtocolState(source, destination, kept))
}

/** Texts of TLVs by the key of the rule that named them. */
class TlvState implements FilterStateValue {
  readonly values: Record<string, string> = {}

  serialize(): string {
    return JSON.stringify(this.values)
  }
  typed(): object {
    return this.values
  }
  field(name: string): string | undefined {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined
  }
}

function keepByRules(tlvs: readonly Tlv[], config: Config, connection: PendingConnection): void {
  for (const tlv of tlvs) {
    for (const { tlv_type: type, on_tlv_present: target } of config.rules ?? []) {
      if (type !== tlv.type || target === undefined) continue
      const key = target.key ?? ''
      const fields = fieldsOf(config, target.metadata_namespace || NAMESPACE, connection)
      // Of two TLVs of one type the first counts; bytes that are no UTF-8 become "!".
      if (!Object.hasOwn(fields, key)) fields[key] = utf8Text(tlv.value).replaceAll('\ufffd', '!')
    }
  }
}

/** Where the values of rules go: dynamic metadata, or filter state. */
function fieldsOf(config: Config, namespace: string, connection: PendingConnection): Record<string, unknown> {
  if (config.tlv_location === 'FILTER_STATE') {
    connection.filterState ??= new Map()
    let state = connection.filterState.get(TLV_STATE)
    if (!(state instanceof TlvState)) connection.filterState.set(TLV_STATE, (state = new TlvState()))
    return (state as TlvState).values
  }
  connection.metadata ??= new Map()
  let fields = connection.metadata.get(namespace)
  if (fields === undefined) connection.metadata.set(namespace, (fields = {}))
  return fields
}
