import { expect, test } from 'vitest'
import { load } from '../load/load.ts'
import { loadBootstrap } from '../load/load-bootstrap.ts'
import type { MessageName } from '../message.ts'

const ADDRESS = 'address: { socket_address: { address: 127.0.0.1, port_value: 1 } }'
const LISTENER = 'static_resources.listeners[0]'
const CLUSTER = 'static_resources.clusters[0]'

test.each([
  [
    'a matcher of filter chains that have no names of their own',
    `static_resources: { listeners: [{ ${ADDRESS}, filter_chain_matcher: {}, filter_chains: [{}, { name: one }, { name: one }] }] }`,
    [`missing-field ${LISTENER}.filter_chains[0]`, `duplicate-name ${LISTENER}.filter_chains[2].name`],
  ],
  [
    'IPv4 compatibility of an IPv4 address',
    `static_resources: { listeners: [${['127.0.0.1', '"::"', '"::ffff:127.0.0.1"']
      .map(
        (address, i) =>
          `{ address: { socket_address: { address: ${address}, port_value: ${i + 1}, ipv4_compat: true } }, filter_chains: [{}] }`,
      )
      .join(', ')}] }`,
    [`malformed-address ${LISTENER}.address.socket_address.ipv4_compat`],
  ],
  [
    'an abstract socket with a mode',
    `static_resources: { clusters: [{ name: b, load_assignment: { cluster_name: b, endpoints: [{ lb_endpoints: [${[
      '/b',
      '@b',
    ]
      .map((path) => `{ endpoint: { address: { pipe: { path: "${path}", mode: 384 } } } }`)
      .join(', ')}] }] } }] }`,
    [`conflict ${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[1].endpoint.address.pipe.mode`],
  ],
  [
    'an admin on a name',
    'admin: { address: { socket_address: { address: localhost, port_value: 1 } } }',
    ['malformed-address admin.address.socket_address.address'],
  ],
  [
    'a local cluster that only comes while the server runs',
    'cluster_manager: { local_cluster_name: b }\ndynamic_resources: { cds_config: { path_config_source: { path: /x } } }',
    ['dangling-reference cluster_manager.local_cluster_name'],
  ],
  [
    'EDS options of another kind of cluster',
    'static_resources: { clusters: [{ name: b, eds_cluster_config: {} }] }',
    [`endpoints ${CLUSTER}.eds_cluster_config`],
  ],
  [
    'a further address that is none',
    `static_resources: { clusters: [{ name: b, load_assignment: { cluster_name: b, endpoints: [{ lb_endpoints: [{ endpoint: { ${ADDRESS}, additional_addresses: [{}] } }] }] } }] }`,
    [`missing-field ${CLUSTER}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.additional_addresses[0]`],
  ],
])('%s is refused', (_, text, said) => {
  const { problems } = loadBootstrap(text)
  expect(problems.filter(({ severity }) => severity === 'error').map(({ code, path }) => `${code} ${path}`)).toEqual(
    said,
  )
})

test('a further address that is none counts for nothing where addresses are not static', () => {
  const text = `static_resources: { clusters: [{ name: b, type: STRICT_DNS, load_assignment: { cluster_name: b, endpoints: [{ lb_endpoints: [{ endpoint: { ${ADDRESS}, additional_addresses: [{}] } }] }] } }] }`
  expect(loadBootstrap(text).problems).toEqual([])
})

test('a local cluster is one of the file', () => {
  const text = 'cluster_manager: { local_cluster_name: b }\nstatic_resources: { clusters: [{ name: b }] }'
  expect(loadBootstrap(text).problems).toEqual([])
})

test.each([
  ['predicates: [{ name: x, typed_config: T }]', 'InternalRedirectPolicy', 'route.v3', 'predicates[0].typed_config'],
  [
    'local_address_selector: { name: x, typed_config: T }',
    'BindConfig',
    'core.v3',
    'local_address_selector.typed_config',
  ],
])('%s of another kind of extension is refused', (text, type, folder, path) => {
  const other = '{ "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 1 }'
  const { problems } = load(`envoy.config.${folder}.${type}` as MessageName, text.replace('T', other))
  expect(problems.map(({ code, path: at }) => [code, at])).toEqual([['unknown-type', path]])
})
