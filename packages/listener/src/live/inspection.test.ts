import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ListenerFilter, ListenerFilterVerdict, PendingConnection } from '../contracts.ts'
import type { Listener } from './listener.ts'
import { ProxyProtocolState } from '@nuncio/core'
import { buildClientHello, records } from '@nuncio/tls/testing'
import { answer, ListenerHarness, until } from '../testing/index.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

const KEEP = { filter_chains: [{ filters: [answer()] }] }
const TLS_INSPECTOR = {
  name: 'tls',
  typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' },
}
const proxy = (fields: object = {}): { name: string; typed_config: { '@type': string } } => ({
  name: 'proxy',
  typed_config: { '@type': 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol', ...fields },
})

describe('waiting for bytes', () => {
  const hello = records(buildClientHello({ serverName: 'a.example' }))

  test('a hello that comes byte by byte is put together, and handed on whole', async () => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [TLS_INSPECTOR] })
    const socket = harness.connect(listener).setNoDelay(true)
    for (const byte of hello) {
      socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    expect(connection.info.serverName).toBe('a.example')
    expect(connection.takeInitialData()).toEqual(hello)
    expect(connection.takeInitialData()).toBeUndefined()
    expect(harness.gauge('downstream_pre_cx_active')).toBe(0)
  })

  test('is over after listener_filters_timeout, 15 s by default', async () => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [TLS_INSPECTOR] })
    const gone = harness.talk(listener, hello.subarray(0, 20))
    await until(() => listener.pendingCount === 1)
    expect(harness.gauge('downstream_pre_cx_active')).toBe(1)
    harness.time.advance(14_990)
    expect(listener.pendingCount).toBe(1)
    harness.time.advance(30)
    expect(await gone).toBe('')
    expect(harness.counter('downstream_pre_cx_timeout')).toBe(1)
    expect(harness.gauge('downstream_pre_cx_active')).toBe(0)
    expect(harness.counter('downstream_cx_total')).toBe(0)
  })

  test.each([
    ['whose bytes nobody took is reset', 'GET / HTTP/1.1\r\nhost: none\r\n\r\n', 'ECONNRESET'],
    ['that said nothing is closed', '', undefined],
  ])('a connection %s when it is refused', async (_, bytes, error) => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [proxy()] })
    const socket = harness.connect(listener).resume()
    const errors: (string | undefined)[] = []
    socket.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(code))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await until(() => listener.pendingCount === 1)
    if (bytes !== '') socket.write(bytes)
    else harness.time.advance(16_000)
    await closed
    expect(errors).toEqual(error === undefined ? [] : [error])
  })

  test('a timeout of 0 is none', async () => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [TLS_INSPECTOR], listener_filters_timeout: 0 })
    harness.connect(listener)
    await until(() => listener.pendingCount === 1)
    harness.time.advance(1_000_000)
    expect(listener.pendingCount).toBe(1)
  })

  test('ends when the peer closes, or resets', async () => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [TLS_INSPECTOR] })
    const socket = harness.connect(listener)
    socket.end(hello.subarray(0, 20))
    await until(() => harness.counter('downstream_listener_filter_remote_close') === 1)
    const other = harness.connect(listener)
    await until(() => listener.pendingCount === 1)
    other.resetAndDestroy()
    await until(() => listener.pendingCount === 0)
    expect(harness.gauge('downstream_pre_cx_active')).toBe(0)
    expect(harness.time.pending).toBeLessThanOrEqual(1)
  })
})

describe('proxy_protocol', () => {
  test('replaces both addresses, keeps the direct one, and hands on only what comes after the header', async () => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [proxy(), TLS_INSPECTOR] })
    const socket = harness.connect(listener)
    socket.write('PROXY TCP4 192.0.2.1 198.51.100.2 1000 2000\r\nGET /')
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    expect(connection.info).toMatchObject({
      remote: { address: '192.0.2.1', port: 1000 },
      local: { address: '198.51.100.2', port: 2000 },
      directRemote: { address: '127.0.0.1' },
    })
    expect(connection.takeInitialData()!.toString()).toBe('GET /')
    expect(connection.info.filterState!.get('envoy.network.proxy_protocol_options')!.serialize()).toBe(
      '192.0.2.1:1000 198.51.100.2:2000',
    )
  })

  test('puts TLVs into metadata and filter state', async () => {
    const listener = await harness.listen({
      ...KEEP,
      listener_filters: [
        proxy({
          rules: [
            { tlv_type: 2, on_tlv_present: { key: 'authority' } },
            { tlv_type: 0xea, on_tlv_present: { metadata_namespace: 'aws', key: 'vpc' } },
          ],
          pass_through_tlvs: { match_type: 'INCLUDE', tlv_type: [0xea] },
        }),
      ],
    })
    const tlvs = [
      Buffer.from([2, 0, 4, 0x61, 0xff, 0xc3, 0xa9]),
      Buffer.from([2, 0, 1, 0x78]),
      Buffer.from([0xea, 0, 2, 0x31, 0x32]),
    ]
    const body = Buffer.concat([Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 2]), ...tlvs])
    const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0', 'latin1')
    harness.connect(listener).write(Buffer.concat([head, Buffer.from([body.length]), body]))
    await until(() => harness.accepted.length === 1)
    const { metadata, filterState } = harness.accepted[0]!.info
    expect(Object.fromEntries(metadata!)).toEqual({
      'envoy.filters.listener.proxy_protocol': { authority: 'a!é' },
      aws: { vpc: '12' },
    })
    const state = filterState!.get('envoy.network.proxy_protocol_options')
    expect(state).toBeInstanceOf(ProxyProtocolState)
    expect((state as ProxyProtocolState).tlvs).toEqual([{ type: 0xea, value: new Uint8Array([0x31, 0x32]) }])
  })

  test('puts TLVs that rules name into filter state, where told to', async () => {
    const rules = [{ tlv_type: 2, on_tlv_present: { key: 'authority' } }]
    const listener = await harness.listen({
      ...KEEP,
      listener_filters: [proxy({ rules, tlv_location: 'FILTER_STATE' })],
    })
    const header = '0d0a0d0a000d0a515549540a2111001001020304050607080001000202000161'
    harness.connect(listener).write(Buffer.from(header, 'hex'))
    await until(() => harness.accepted.length === 1)
    const { metadata, filterState } = harness.accepted[0]!.info
    expect(metadata).toBeUndefined()
    expect(filterState!.get('envoy.network.proxy_protocol.tlv')!.field!('authority')).toBe('a')
  })

  test.each([
    ['no header', 'GET / HTTP/1.1\r\n', {}, 'proxy_proto.not_found_disallowed'],
    ['a bad header', 'PROXY TCP4 a b c d\r\n', {}, 'proxy_proto.versions.v1.error'],
    [
      'a version that is not allowed',
      'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n',
      { disallowed_versions: ['V1'] },
      'proxy_proto.versions.v1.disallowed',
    ],
    ['a line without end', `PROXY ${'x'.repeat(200)}`, {}, 'proxy_proto.versions.v1.error'],
    [
      'a bad binary header',
      '\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0',
      { stat_prefix: 'edge' },
      'proxy_proto.edge.versions.v2.error',
    ],
  ])('closes on %s', async (_, bytes, fields, counter) => {
    const listener = await harness.listen({ ...KEEP, listener_filters: [proxy(fields)] })
    expect(await harness.talk(listener, Buffer.from(bytes, 'latin1'))).toBe('')
    expect(harness.stats.counter(counter).value).toBe(1)
    expect(harness.stats.counter('downstream_cx_proxy_proto_error').value).toBe(1)
    expect(harness.accepted).toEqual([])
  })

  test('takes a header of a version that is not allowed for none, where none is needed', async () => {
    const filters = [proxy({ allow_requests_without_proxy_protocol: true, disallowed_versions: ['V1'] })]
    const listener = await harness.listen({ ...KEEP, listener_filters: filters })
    harness.connect(listener).write('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n')
    await until(() => harness.accepted.length === 1)
    expect(harness.accepted[0]!.info.remote.address).toBe('127.0.0.1')
    expect(harness.stats.counter('proxy_proto.not_found_allowed').value).toBe(1)
    expect(harness.stats.counter('downstream_cx_proxy_proto_error').value).toBe(0)
  })
})

function filter(asked: Partial<ListenerFilter>, maxBytes = 100): ListenerHarness {
  const definition = {
    name: 'own',
    config: { type: 'nuncio.testing.Own', honours: {} },
    stability: 'stable' as const,
    maxBytes: () => maxBytes,
    create: () => ({ onAccept: (): ListenerFilterVerdict => 1, ...asked }),
  }
  const made = new ListenerHarness()
  const registries = { ...made.registries, listenerFilters: [definition] }
  harness = new ListenerHarness({ context: { registries } })
  Object.defineProperty(harness, 'registries', { value: { ...harness.registries, listenerFilters: [definition] } })
  return harness
}

describe('a listener filter of one’s own', () => {
  const own = [{ name: 'own', typed_config: { '@type': 'nuncio.testing.Own' } }]

  test('that still waits when the time is up is left out where the configuration says so, and its bytes are kept', async () => {
    let shown = 0
    const { time } = filter({ onData: ({ length }) => (shown = length) + 1 })
    const listener = await harness.listen({
      ...KEEP,
      listener_filters: own,
      listener_filters_timeout: 100,
      continue_on_listener_filters_timeout: true,
    })
    harness.connect(listener).write('half of a hello')
    await until(() => shown === 15)
    time.advance(120)
    await until(() => harness.accepted.length === 1)
    expect(harness.counter('downstream_pre_cx_timeout')).toBe(1)
    expect(harness.accepted[0]!.takeInitialData()!.toString()).toBe('half of a hello')
  })

  test.each([
    [
      'throws',
      (): never => {
        throw new Error('bug')
      },
    ],
    ['asks for more than it may', () => 101],
    ['asks for no more than it was shown', (data: Buffer) => data.length],
  ])('that %s costs its connection only', async (_, onData) => {
    const listener = await filter({ onData }).listen({ listener_filters: own })
    expect(await harness.talk(listener, 'bytes')).toBe('')
    expect(harness.counter('downstream_listener_filter_error')).toBe(1)
  })

  test('may consume bytes, and is told what the one before it left', async () => {
    const seen: string[] = []
    const onData = (data: Buffer, connection: PendingConnection): ListenerFilterVerdict => {
      seen.push(data.toString())
      if (data.length < 4) return 4
      connection.consume(2)
      return 'continue'
    }
    const listener = await filter({ onData }).listen({ ...KEEP, listener_filters: [...own, ...own] })
    harness.connect(listener).write('abcdefgh')
    await until(() => harness.accepted.length === 1)
    expect(seen).toEqual(['abcdefgh', 'cdefgh'])
    expect(harness.accepted[0]!.takeInitialData()!.toString()).toBe('efgh')
  })

  test.each([
    ['any_match: true', { any_match: true }, 'hello'],
    ['another port', { destination_port_range: { start: 1, end: 2 } }, ''],
    ['not another port', { not_match: { destination_port_range: { start: 1, end: 2 } } }, 'hello'],
    [
      'one of two',
      { or_match: { rules: [{ destination_port_range: { start: 1, end: 2 } }, { any_match: true }] } },
      'hello',
    ],
    [
      'both of two',
      { and_match: { rules: [{ destination_port_range: { start: 1, end: 2 } }, { any_match: true }] } },
      '',
    ],
  ])('filter_disabled for %s', async (_, filter_disabled, heard) => {
    const listener = await filter({ onAccept: () => 'close' }).listen({
      listener_filters: [{ ...own[0]!, filter_disabled }],
    })
    expect(await harness.talk(listener)).toBe(heard)
  })
})

/** One that others hand connections to. */
function innerListener(): Listener {
  return harness.make({
    name: 'inner',
    stat_prefix: 'inner',
    bind_to_port: false,
    address: { socket_address: { address: '10.0.0.1', port_value: 80 } },
    filter_chains: [{ filters: [answer('inner')] }],
  })
}

test('use_original_dst hands a connection to the listener for the address that it was meant for', async () => {
  const inner = innerListener()
  const outer = new ListenerHarness({ context: { listenerFor: (local) => (local.port === 80 ? inner : undefined) } })
  const listener = await outer.listen({
    use_original_dst: true,
    listener_filters: [proxy({ allow_requests_without_proxy_protocol: true })],
  })
  expect(await outer.talk(listener, 'PROXY TCP4 192.0.2.1 10.0.0.1 1 80\r\n')).toBe('inner')
  expect(await outer.talk(listener, 'PROXY TCP4 192.0.2.1 10.0.0.1 1 81\r\n')).toBe('hello')
  expect(await outer.talk(listener, 'plain')).toBe('hello')
  expect(harness.stats.counter('listener.inner.downstream_cx_total').value).toBe(1)
  await outer.close()
})

test('a listener that handed its last connection to another one is idle', async () => {
  const inner = innerListener()
  const outer = new ListenerHarness({ context: { listenerFor: () => inner } })
  const listener = await outer.listen({ use_original_dst: true, listener_filters: [proxy()] })
  const socket = outer.connect(listener)
  await until(() => listener.pendingCount === 1)
  const idle = listener.idle()
  socket.write('PROXY TCP4 192.0.2.1 10.0.0.1 1 80\r\n')
  await idle
  expect([listener.pendingCount, inner.connectionCount]).toEqual([0, 1])
  await outer.close()
})
