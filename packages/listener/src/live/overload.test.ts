import { OverloadState, SeededRandom } from '@nuncio/core'
import { expect, test } from 'vitest'
import { createAuthority, inlineCertificate } from '@nuncio/tls/testing'
import { answer, ListenerHarness, tlsSocket, until } from '../testing/index.ts'

test('a handshake that waits already is given up earlier when reduce_timeouts says so', async () => {
  const overload = new OverloadState(new SeededRandom(1))
  const harness = new ListenerHarness({ context: { overload } })
  const transport_socket = tlsSocket({
    tls_certificates: [inlineCertificate(createAuthority('root').issue({ commonName: 'site' }))],
  })
  const chain = { filters: [answer('hello')], transport_socket, transport_socket_connect_timeout: 30_000 }
  const listener = await harness.listen({ filter_chains: [chain] })
  const gone = harness.talk(listener, Buffer.from([22, 3, 1]))
  await until(() => overload.subjects.size === 1)
  overload.transportSocketConnect.minimum = { share: 0.1 }
  overload.transportSocketConnect.state = 1
  harness.time.advance(2000)
  for (const subject of overload.subjects) subject.timeoutsChanged()
  expect(harness.counter('downstream_cx_transport_socket_connect_timeout')).toBe(0)
  harness.time.advance(1100)
  expect(await gone).toBe('')
  expect(harness.counter('downstream_cx_transport_socket_connect_timeout')).toBe(1)
  await until(() => overload.subjects.size === 0)
  await harness.close()
})
