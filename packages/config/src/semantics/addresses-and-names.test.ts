import { expect, test } from 'vitest'
import { loadBootstrap } from '../load/load-bootstrap.ts'

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
    'an admin on a name',
    'admin: { address: { socket_address: { address: localhost, port_value: 1 } } }',
    ['malformed-address admin.address.socket_address.address'],
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
