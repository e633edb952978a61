import type { Message } from '@nuncio/config'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildClientHello, records } from '@nuncio/tls/testing'
import { ListenerHarness } from '../../testing/index.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

const inspect = (config: object): Message<'envoy.config.listener.v3.Listener'> => ({
  listener_filters: [
    {
      name: 'tls',
      typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector', ...config },
    },
  ],
})
const INSPECT = inspect({})

test.each([
  [
    'a hello with everything',
    records(buildClientHello({ serverName: 'A.example', protocols: ['h2'] })),
    ['tls_found', 'sni_found', 'alpn_found'],
  ],
  ['a hello with nothing', records(buildClientHello({})), ['tls_found', 'sni_not_found', 'alpn_not_found']],
  ['plaintext', Buffer.from('GET / HTTP/1.1\r\n\r\n'), ['tls_not_found']],
])('counts %s', async (_, bytes, counters) => {
  const listener = await harness.listen(INSPECT)
  expect(await harness.talk(listener, bytes)).toBe('hello')
  const counted = [...harness.stats.counters.values()].filter(
    (counter) => counter.name.startsWith('tls_inspector.') && counter.value > 0,
  )
  expect(counted.map((counter) => counter.name.slice('tls_inspector.'.length)).toSorted()).toEqual(counters.toSorted())
  expect(harness.stats.histogram('tls_inspector.bytes_processed').count).toBe(1)
})

test.each([
  ['longer than one may be', records(buildClientHello({ padding: 20_000 })), {}],
  ['in more records than it may have', records(buildClientHello({ padding: 15_000 }), 1), {}],
  ['longer than configured', records(buildClientHello({ padding: 300 })), { max_client_hello_size: 256 }],
])('closes on a hello %s', async (_, bytes, config) => {
  const listener = await harness.listen(inspect(config))
  expect(await harness.talk(listener, bytes)).toBe('')
  expect(harness.stats.counter('tls_inspector.client_hello_too_large').value).toBe(1)
  expect(harness.stats.counter('tls_inspector.tls_not_found').value).toBe(0)
})

test.each([
  ['plaintext', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a malformed hello', Buffer.from([22, 3, 1, 0, 5, 9, 9, 9, 9, 9])],
])('lets %s pass, unless told to close', async (_, bytes) => {
  expect(await harness.talk(await harness.listen(INSPECT), bytes)).toBe('hello')
  const strict = await harness.listen(inspect({ close_connection_on_client_hello_parsing_errors: true }))
  expect(await harness.talk(strict, bytes)).toBe('')
  expect(harness.stats.counter('tls_inspector.tls_not_found').value).toBe(2)
})

test.each([
  [{}, '', ''],
  [{ enable_ja3_fingerprinting: true }, '[0-9a-f]{32}', ''],
  [{ enable_ja4_fingerprinting: true }, '', 't12d0102h2_[0-9a-f]{12}_000000000000'],
])('takes fingerprints where told to: %j', async (config, ja3, ja4) => {
  const listener = await harness.listen(inspect(config))
  await harness.talk(listener, records(buildClientHello({ serverName: 'a.example', protocols: ['h2'] })))
  const { info } = harness.accepted[0]!
  expect(info.ja3).toMatch(new RegExp(`^${ja3}$`))
  expect(info.ja4).toMatch(new RegExp(`^${ja4}$`))
})
