import { expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap } from './test-support/bootstrap.ts'
import { exchange, ok, RawOrigin } from './test-support/raw-origin.ts'

const POLICY = `load_balancing_policy:
  policies:
    - typed_extension_config:
        name: envoy.load_balancing_policies.client_side_weighted_round_robin
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin
          blackout_period: 0s
          weight_update_period: 0.1s`

test('hosts that report little load get more of the requests', async () => {
  const answer = (name: string, utilization: number): string =>
    ok(name, `endpoint-load-metrics: TEXT application_utilization=${utilization},rps_fractional=50\r\n`)
  await using idle = await RawOrigin.start((socket) => void socket.write(answer('i', 0.1)))
  await using busy = await RawOrigin.start((socket) => void socket.write(answer('b', 0.9)))
  const endpoint = ({ address }: RawOrigin): string =>
    `{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${address.split(':')[1]} } } } }`
  const text = bootstrap({ cluster: POLICY }).replace(
    /lb_endpoints: \[.*\] }\]/,
    `lb_endpoints: [${endpoint(idle)}, ${endpoint(busy)}] }]`,
  )
  await using server = await createServer(text, { ports: 'ephemeral' })
  const { port } = server.listeners[0]!
  const twenty = `${'GET / HTTP/1.1\r\nhost: test\r\n\r\n'.repeat(19)}GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n`
  const answeredByIdle = async (): Promise<number> => (await exchange(port, twenty)).split('\r\n\r\ni').length - 1
  await expect.poll(answeredByIdle, { interval: 50, timeout: 10_000 }).toBe(18)
})
