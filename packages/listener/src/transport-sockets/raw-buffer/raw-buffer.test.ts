import { afterEach, beforeEach, expect, test } from 'vitest'
import { answer, ListenerHarness, until } from '../../testing/index.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

test.each([
  ['named', { name: 'raw', typed_config: { '@type': 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer' } }],
  ['left out', undefined],
])('plaintext, the transport socket %s, costs two handlers on the socket', async (_, transport_socket) => {
  const chain = { filters: [answer()], ...(transport_socket && { transport_socket }) }
  const listener = await harness.listen({ filter_chains: [chain] })
  harness.connect(listener)
  await until(() => harness.accepted.length === 1)
  const { socket, info } = harness.accepted[0]!
  expect(info.tls).toBeUndefined()
  expect([socket.listenerCount('error'), socket.listenerCount('close')]).toEqual([1, 1])
})
