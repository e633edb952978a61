import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildClientHello, records } from '@nuncio/tls/testing'
import { ListenerHarness } from '../../testing/index.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

const INSPECT = {
  listener_filters: [
    { name: 'tls', typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' } },
  ],
}

test.each([
  [
    'a hello with everything',
    records(buildClientHello({ serverName: 'A.example', protocols: ['h2'] })),
    ['tls_found', 'sni_found', 'alpn_found'],
  ],
  ['a hello with nothing', records(buildClientHello({})), ['tls_found', 'sni_not_found', 'alpn_not_found']],
  ['plaintext', Buffer.from('GET / HTTP/1.1\r\n\r\n'), ['tls_not_found']],
  ['a hello too large', records(buildClientHello({ padding: 20_000 })), ['client_hello_too_large', 'tls_not_found']],
  [
    'a hello in more records than it may have',
    records(buildClientHello({ padding: 15_000 }), 1),
    ['client_hello_too_large', 'tls_not_found'],
  ],
])('counts %s', async (_, bytes, counters) => {
  const listener = await harness.listen(INSPECT)
  expect(await harness.talk(listener, bytes)).toBe('hello')
  const counted = [...harness.stats.counters.values()].filter(
    (counter) => counter.name.startsWith('tls_inspector.') && counter.value > 0,
  )
  expect(counted.map((counter) => counter.name.slice('tls_inspector.'.length)).toSorted()).toEqual(counters.toSorted())
  expect(harness.stats.histogram('tls_inspector.bytes_processed').count).toBe(1)
})
