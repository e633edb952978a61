import type { Attribute, AttributeTable } from './attribute.ts'
import { connectionAttributes, destinationAttributes, sourceAttributes } from './connection.ts'
import { metadataMessage } from './metadata.ts'
import { requestAttributes } from './request.ts'
import { responseAttributes } from './response.ts'
import { upstreamAttributes } from './upstream.ts'
import { xdsAttributes } from './xds.ts'

/** Roots whose fields are known. */
export const TABLES: Readonly<Record<string, AttributeTable>> = {
  request: requestAttributes,
  response: responseAttributes,
  connection: connectionAttributes,
  source: sourceAttributes,
  destination: destinationAttributes,
  upstream: upstreamAttributes,
  xds: xdsAttributes,
}

/** Roots that are one value. */
export const WHOLES: Readonly<Record<string, Attribute>> = {
  metadata: ({ info }) =>
    metadataMessage(Object.fromEntries([...(info.connection.metadata ?? []), ...(info.metadata ?? [])])),
  filter_state: ({ info }) =>
    Object.fromEntries(
      [...(info.connection.filterState ?? []), ...(info.filterState ?? [])].map(([key, value]) => [
        key,
        value.serialize(),
      ]),
    ),
}

/** Attributes of Envoy's that a stream does not keep: an expression that names one is refused. */
export const MISSING: ReadonlySet<string> = new Set([
  'upstream.locality', 'xds.node', 'xds.listener_direction', 'xds.upstream_host_locality_metadata', 'upstream_filter_state',
]) // prettier-ignore
