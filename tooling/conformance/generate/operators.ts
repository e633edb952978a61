import fc from 'fast-check'
import type { Tree } from '../model/document.ts'

// Command operators that say the same of the same request in two proxies, whatever they are asked in.

const NAMES = ['x-a', 'X-B', 'x-none', ':path', ':method', ':authority', 'x-pick', 'cookie', 'user-agent']

const headers = fc
  .tuple(
    fc.constantFrom('REQ', 'REQUEST_HEADER', 'RESP', 'RESPONSE_HEADER', 'TRAILER', 'RESPONSE_TRAILER'),
    fc.constantFrom(...NAMES, 'x-origin', 'content-type', 'x-tail', 'server'),
    fc.option(fc.constantFrom(...NAMES)),
    fc.option(fc.constantFrom(0, 1, 3, 40)),
  )
  .map(([command, name, other, length]) => {
    const names = other === null ? name : `${name}?${other}`
    return `%${command}(${names})${length === null ? '' : `:${length}`}%`
  })

const METADATA = [
  'DYNAMIC_METADATA(m)', 'DYNAMIC_METADATA(m:k)', 'DYNAMIC_METADATA(m:none):3', 'METADATA(ROUTE:m:k)', 'METADATA(ROUTE:m)',
  'METADATA(CLUSTER:m:k)', 'METADATA(UPSTREAM_HOST:envoy.lb:side)', 'CLUSTER_METADATA(m:k)',
  'UPSTREAM_METADATA(envoy.lb)', 'UPSTREAM_METADATA(envoy.lb:hash_key)', 'FILTER_STATE(own:PLAIN)', 'FILTER_STATE(own):2', 'FILTER_STATE(none:PLAIN)',
] // prettier-ignore

const STREAM = [
  'PROTOCOL', 'RESPONSE_CODE', 'RESPONSE_CODE_DETAILS', 'RESPONSE_FLAGS', 'RESPONSE_FLAGS_LONG', 'BYTES_SENT', 'UPSTREAM_PROTOCOL',
  'UPSTREAM_REQUEST_ATTEMPT_COUNT', 'UPSTREAM_CLUSTER', 'UPSTREAM_CLUSTER_RAW', 'ROUTE_NAME', 'VIRTUAL_CLUSTER_NAME', 'FILTER_CHAIN_NAME',
  'REQUESTED_SERVER_NAME', 'CONNECTION_TERMINATION_DETAILS', 'UPSTREAM_TRANSPORT_FAILURE_REASON', 'ENVIRONMENT(NOBODY_SETS_IT)',
] // prettier-ignore

const ADDRESSES = [
  'UPSTREAM_HOST', 'UPSTREAM_REMOTE_ADDRESS', 'UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT', 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT', 'DOWNSTREAM_LOCAL_ADDRESS', 'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT',
] // prettier-ignore

const TARGETS = [
  'PATH', 'PATH(WQ)', 'PATH(NQ)', 'PATH(NQ:ORIG)', 'PATH(WQ:ORIG_OR_PATH)', 'PATH(NQ:PATH):3', 'QUERY_PARAM(k)', 'QUERY_PARAM(x):1', 'QUERY_PARAMS', 'QUERY_PARAMS(ORIG)',
  'GRPC_STATUS', 'GRPC_STATUS(CAMEL_STRING)', 'GRPC_STATUS(SNAKE_STRING)', 'GRPC_STATUS(NUMBER)', 'GRPC_STATUS_NUMBER',
] // prettier-ignore

const SECURITY = [
  'DOWNSTREAM_TLS_VERSION', 'DOWNSTREAM_PEER_SUBJECT', 'DOWNSTREAM_LOCAL_SUBJECT', 'DOWNSTREAM_LOCAL_DNS_SAN', 'UPSTREAM_TLS_VERSION',
  'UPSTREAM_PEER_SUBJECT', 'UPSTREAM_LOCAL_DNS_SAN', 'UPSTREAM_SERVER_NAME',
] // prettier-ignore

const operator: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: headers },
  ...[METADATA, STREAM, STREAM, ADDRESSES, TARGETS, SECURITY].map((list) => ({
    weight: 1,
    arbitrary: fc.constantFrom(...list).map((text) => `%${text}%`),
  })),
)

/** Literal text and operators, one after the other. */
export const formatText: fc.Arbitrary<string> = fc
  .array(fc.oneof(operator, fc.constantFrom('-', ' and ', '%%', '"', 'é')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))

/** Values of any depth, the leaves of which are formats. */
export const jsonFormat: fc.Arbitrary<Tree> = fc.dictionary(
  fc.constantFrom('one', 'two', 'three'),
  fc.oneof(
    { weight: 3, arbitrary: formatText },
    { weight: 1, arbitrary: fc.constantFrom(7, true) },
    { weight: 1, arbitrary: formatText.map((text) => ({ inner: text, list: [text, 'plain'] })) },
  ),
  { minKeys: 1, maxKeys: 3 },
)
