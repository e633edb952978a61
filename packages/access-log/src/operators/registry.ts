import { addressOperators } from './address.ts'
import type { OperatorDefinition } from './definition.ts'
import { grpcOperators } from './grpc-status.ts'
import { headerOperators } from './headers.ts'
import { metadataOperators } from './metadata.ts'
import { pathOperators } from './path.ts'
import { streamOperators } from './stream.ts'
import { timingOperators } from './timing.ts'
import { tlsOperators } from './tls.ts'

/** Every operator that a format may use, by name. */
export const OPERATORS: ReadonlyMap<string, OperatorDefinition> = new Map(
  [
    headerOperators,
    pathOperators,
    streamOperators,
    timingOperators,
    addressOperators,
    tlsOperators,
    metadataOperators,
    grpcOperators,
  ].flatMap((table) => Object.entries(table)),
)

const NOT_SUPPORTED =
  /^(?:COALESCE|(?:TYPED_)?CEL|CUSTOM_FLAGS|(?:BYTES|PACKETS)_RETRANSMITTED|ROUNDTRIP_DURATION|DOWNSTREAM_HANDSHAKE_DURATION|UPSTREAM_CONNECTION_POOL_READY_DURATION|UPSTREAM_FILTER_STATE|DOWNSTREAM_TRANSPORT_FAILURE_REASON|(?:UP|DOWN)STREAM_(?:DETECTED_CLOSE_TYPE|LOCAL_CLOSE_REASON|TLS_GROUP)|UPSTREAM_HOST(?:S|_NAMES)_ATTEMPTED(?:_WITHOUT_PORT)?|UPSTREAM_CONNECTION_IDS_ATTEMPTED|(?:UPSTREAM_REMOTE|DOWNSTREAM_(?:DIRECT_)?LOCAL)_ADDRESS_ENDPOINT_ID|DOWNSTREAM_(?:LOCAL|PEER)_OTHERNAME_SAN|DOWNSTREAM_PEER_(?:FINGERPRINT_1|CHAIN_FINGERPRINTS_256|CHAIN_FINGERPRINTS_1|CHAIN_SERIALS|ISSUER_FINGERPRINT_256|ISSUER_SERIAL))$/

/** Whether this is an operator of Envoy's that nuncio does not have. */
export function isUnsupportedOperator(name: string): boolean {
  return NOT_SUPPORTED.test(name)
}
