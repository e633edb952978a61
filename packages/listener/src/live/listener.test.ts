import { Flag, NuncioError } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NetworkFilter, NetworkFilterDefinition } from '../contracts.ts'
import { answer, ListenerHarness, read, until } from '../testing/index.ts'
import { GlobalConnectionLimit } from './admission.ts'
import type { ListenerContext } from './context.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

const KEEP = { filter_chains: [{ filters: [answer()] }] }

describe('listening', () => {
  test('on a port that the kernel chooses, and answering', async () => {
    const listener = await harness.listen({})
    expect(listener.addresses).toMatchObject([{ address: '127.0.0.1', port: expect.any(Number) }])
    expect(await harness.talk(listener)).toBe('hello')
    expect(harness.counter('downstream_cx_total')).toBe(1)
    await until(() => harness.counter('downstream_cx_destroy') === 1)
    expect(harness.gauge('downstream_cx_active')).toBe(0)
  })

  test('on several addresses, IPv6 among them', async () => {
    const listener = await harness.listen({
      additional_addresses: [
        { address: { socket_address: { address: '127.0.0.2', port_value: 0 } } },
        { address: { socket_address: { address: '::1', port_value: 0 } } },
      ],
    })
    const answers = listener.addresses.map((at) => harness.talk(listener, '', { host: at.address, port: at.port }))
    expect(await Promise.all(answers)).toEqual(['hello', 'hello', 'hello'])
    expect(harness.accepted.map((connection) => connection.info.local.address).toSorted()).toEqual([
      '127.0.0.1',
      '127.0.0.2',
      '::1',
    ])
  })

  test('on :: for IPv6 only', async () => {
    const listener = await harness.listen({ address: { socket_address: { address: '::', port_value: 0 } } })
    expect(await harness.talk(listener, '', { host: '::1' })).toBe('hello')
    expect(await harness.talk(listener, '', { host: '127.0.0.1' })).toBe('')
  })

  test('on :: for both families with ipv4_compat; IPv4 peers are shown as such', async () => {
    const listener = await harness.listen({
      address: { socket_address: { address: '::', port_value: 0, ipv4_compat: true } },
    })
    const { port } = listener.addresses[0]!
    expect(await harness.talk(listener, '', { host: '::1' })).toBe('hello')
    expect(await harness.talk(listener, '', { host: '127.0.0.1' })).toBe('hello')
    expect(harness.accepted[1]!.info).toMatchObject({
      remote: { address: '127.0.0.1' },
      local: { address: '127.0.0.1', port },
    })
  })

  test('says which address is in use, and what to do', async () => {
    const { port } = (await harness.listen({})).addresses[0]!
    const second = harness.make({
      address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
      additional_addresses: [{ address: { socket_address: { address: '127.0.0.1', port_value: port } } }],
      filter_chains: [{ filters: [answer()] }],
    })
    const error = await second.listen().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(NuncioError)
    expect(error).toMatchObject({
      code: 'ERR_NUNCIO_LISTEN_EADDRINUSE',
      message: `cannot listen on 127.0.0.1:${port}: the address is in use`,
      hint: expect.stringContaining('another port'),
    })
    expect(second.addresses).toEqual([])
  })

  test('an address of no interface is told too', async () => {
    await expect(
      harness.listen({ address: { socket_address: { address: '203.0.113.1', port_value: 0 } } }),
    ).rejects.toMatchObject({
      code: 'ERR_NUNCIO_LISTEN_EADDRNOTAVAIL',
    })
  })

  test.each([{ bind_to_port: false }, { deprecated_v1: { bind_to_port: false } }])(
    '%j binds nothing and takes what it is handed',
    async () => {
      const listener = await harness.listen({ bind_to_port: false })
      expect(listener.addresses).toEqual([])
      const server = await new Promise<Server>((resolve) => {
        const made = createServer((socket) =>
          listener.onConnection(socket, { address: { address: '127.0.0.1', port: 80 }, wildcard: false }),
        )
        made.listen(0, '127.0.0.1', () => resolve(made))
      })
      expect(await harness.talk(listener, '', server.address() as { address: string; port: number })).toBe('hello')
      server.close()
    },
  )
})

describe('Unix sockets', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'nuncio-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  test('with a mode, and in the place of a file that a dead process left', async () => {
    const file = path.join(directory, 'a.sock')
    const address = { pipe: { path: file, mode: 0o660 } }
    const stale = createServer().listen(file)
    await until(() => stale.listening)
    const listener = await harness.listen({ address })
    expect(statSync(file).mode & 0o777).toBe(0o660)
    expect(await harness.talk(listener, '', { path: file })).toBe('hello')
    expect(harness.accepted[0]!.info).toMatchObject({
      local: { address: file, port: 0 },
      remote: { address: '', port: 0 },
    })
    stale.close()
  })

  test('abstract ones, without a file', async () => {
    const name = `@nuncio-test-${process.pid}`
    const listener = await harness.listen({ address: { pipe: { path: name } } })
    expect(await harness.talk(listener, '', { path: `\0${name.slice(1)}` })).toBe('hello')
  })

  test('a file that is no socket is left alone', async () => {
    await expect(harness.listen({ address: { pipe: { path: directory } } })).rejects.toMatchObject({
      code: 'ERR_NUNCIO_LISTEN_EADDRINUSE',
    })
  })
})

describe('limits', () => {
  test('the connection limit of a listener closes what is too much, and counts it', async () => {
    const runtime = new FakeRuntime({ 'envoy.resource_limits.listener.test.connection_limit': 2 })
    harness = new ListenerHarness({ context: { runtime } })
    const listener = await harness.listen(KEEP)
    harness.connect(listener)
    harness.connect(listener)
    await until(() => listener.connectionCount === 2)
    expect(await harness.talk(listener)).toBe('')
    expect(harness.counter('downstream_cx_overflow')).toBe(1)
    expect(listener.connectionCount).toBe(2)
  })

  test('the global limit counts the connections of all listeners, and not those of exempt ones', async () => {
    const admission = new GlobalConnectionLimit(() => 1)
    harness = new ListenerHarness({ context: { admission } })
    const first = await harness.listen(KEEP)
    const exempt = await harness.listen({ ...KEEP, name: 'exempt', ignore_global_conn_limit: true })
    const held = harness.connect(first)
    await until(() => admission.active === 1)
    expect(await harness.talk(first)).toBe('')
    expect(harness.counter('downstream_global_cx_overflow')).toBe(1)
    harness.connect(exempt)
    await until(() => exempt.connectionCount === 1)
    held.destroy()
    await until(() => admission.active === 0)
  })

  test('an overloaded server closes new connections, and counts them', async () => {
    let overloaded = true
    const admission = new GlobalConnectionLimit(
      () => 10,
      () => overloaded,
    )
    harness = new ListenerHarness({ context: { admission } })
    const listener = await harness.listen({})
    expect(await harness.talk(listener)).toBe('')
    expect(harness.counter('downstream_cx_overload_reject')).toBe(1)
    overloaded = false
    expect(await harness.talk(listener)).toBe('hello')
  })

  test('a listener with bypass_overload_manager takes connections all the same, up to the global limit', async () => {
    const admission = new GlobalConnectionLimit(
      () => 1,
      () => true,
    )
    harness = new ListenerHarness({ context: { admission } })
    const listener = await harness.listen({ ...KEEP, bypass_overload_manager: true })
    harness.connect(listener)
    await until(() => admission.active === 1)
    expect(await harness.talk(listener)).toBe('')
    expect(harness.counter('downstream_cx_overload_reject')).toBe(0)
    expect(harness.counter('downstream_global_cx_overflow')).toBe(1)
  })
})

const chain = {
  filter_chains: [{ filters: [{ name: 'gate', typed_config: { '@type': 'nuncio.testing.Gate' } }, answer('hello')] }],
}

function gate(verdict: NetworkFilter['onNewConnection']): NetworkFilterDefinition {
  return {
    name: 'gate',
    config: { type: 'nuncio.testing.Gate', honours: {} },
    stability: 'stable',
    terminal: false,
    create: () => ({ onNewConnection: verdict }),
  }
}

describe('network filters', () => {
  test.each([
    ['nothing', () => undefined, 'hello'],
    ['continue', () => 'continue' as const, 'hello'],
    ['close', () => 'close' as const, ''],
    ['a promise of nothing', () => Promise.resolve(), 'hello'],
    ['a promise of close', () => Promise.resolve('close' as const), ''],
  ])('one that answers %s', async (_, verdict, heard) => {
    harness = new ListenerHarness({ networkFilters: [gate(verdict)] })
    expect(await harness.talk(await harness.listen(chain))).toBe(heard)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('bug')
      },
    ],
    ['rejects', () => Promise.reject(new Error('bug'))],
  ])('one that %s costs its connection only', async (_, verdict) => {
    harness = new ListenerHarness({ networkFilters: [gate(verdict)] })
    expect(await harness.talk(await harness.listen(chain))).toBe('')
    expect(harness.counter('network_filter_error')).toBe(1)
    await until(() => harness.gauge('downstream_cx_active') === 0)
  })

  test('a connection that closes while it is held goes no further', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    harness = new ListenerHarness({ networkFilters: [gate(() => promise)] })
    const listener = await harness.listen(chain)
    const socket = harness.connect(listener)
    await until(() => listener.connectionCount === 1)
    socket.resetAndDestroy()
    await until(() => listener.connectionCount === 0)
    resolve()
    await promise
    expect(harness.accepted).toEqual([])
  })

  test('a chain without filters closes its connections', async () => {
    expect(await harness.talk(await harness.listen({ filter_chains: [{}] }))).toBe('')
    expect(harness.counter('downstream_cx_total')).toBe(1)
  })
})

describe('closing', () => {
  test('tells every observer once, with the reason', async () => {
    const listener = await harness.listen(KEEP)
    const socket = harness.connect(listener)
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    const heard: string[] = []
    const observers = ['a', 'b', 'c'].map((name) => ({ onConnectionClose: () => heard.push(name) }))
    for (const observer of observers) connection.observe(observer)
    connection.unobserve(observers[1]!)
    connection.close('flush', 'because')
    connection.close('now', 'other')
    await until(() => connection.closed)
    expect(heard).toEqual(['a', 'c'])
    expect(connection.info.terminationDetails).toBe('because')
    socket.destroy()
  })

  test('a peer that resets is told as its error', async () => {
    const listener = await harness.listen(KEEP)
    const socket = harness.connect(listener)
    await until(() => harness.accepted.length === 1)
    socket.resetAndDestroy()
    await until(() => listener.connectionCount === 0)
    expect(harness.accepted[0]!.info.terminationDetails).toBe('ECONNRESET')
  })

  test('flush-and-wait waits for the peer, but not for ever', async () => {
    const listener = await harness.listen({})
    const socket = harness.connect(listener, { allowHalfOpen: true })
    socket.resume()
    await new Promise((resolve) => socket.once('end', resolve))
    expect(listener.connectionCount).toBe(1)
    harness.time.advance(1020)
    await until(() => listener.connectionCount === 0)
  })

  test('flush-and-wait waits for a peer that is slow, as long as it reads', async () => {
    const socket = harness.connect(await harness.listen(KEEP))
    await until(() => harness.accepted.length === 1)
    const all = 30_000_000
    harness.accepted[0]!.socket.write(Buffer.alloc(all))
    harness.accepted[0]!.close('flush-and-wait')
    const got = { bytes: 0 }
    socket.on('data', (chunk: Buffer) => (got.bytes += chunk.length))
    for (let before = 0; got.bytes < all; before = got.bytes) {
      socket.resume()
      await until(() => got.bytes === all || got.bytes > before + 3_000_000)
      socket.pause()
      harness.time.advance(900)
    }
    expect(got.bytes).toBe(all)
  })

  test('reset sends a reset', async () => {
    const listener = await harness.listen(KEEP)
    const socket = harness.connect(listener)
    const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
    await until(() => harness.accepted.length === 1)
    harness.accepted[0]!.close('reset', 'bad')
    expect((await error).code).toBe('ECONNRESET')
  })

  test('closing the listener closes its connections and frees the port', async () => {
    const listener = await harness.listen(KEEP)
    const { port } = listener.addresses[0]!
    const socket = harness.connect(listener)
    await until(() => listener.connectionCount === 1)
    const gone = read(socket)
    await listener.close()
    await gone
    expect(harness.gauge('downstream_cx_active')).toBe(0)
    const again = await harness.listen({ address: { socket_address: { address: '127.0.0.1', port_value: port } } })
    expect(await harness.talk(again)).toBe('hello')
  })

  test('the connection length is recorded', async () => {
    const listener = await harness.listen(KEEP)
    const socket = harness.connect(listener)
    await until(() => listener.connectionCount === 1)
    harness.time.advance(250)
    socket.destroy()
    await until(() => listener.connectionCount === 0)
    expect(harness.stats.histograms.get('listener.test.downstream_cx_length_ms')).toMatchObject({ count: 1, sum: 250 })
  })
})

describe('access logs', () => {
  test('hear of each connection once, also of those that no chain took', async () => {
    const logged: [string, number, string][] = []
    let closed = 0
    const accessLog: ListenerContext['accessLog'] = ([config]) => ({
      log: ({ connection, endMs, startMs, details, flags }) =>
        logged.push([config!.name!, endMs - startMs, connection.filterChainName || `${details} ${flags === Flag.NR}`]),
      close: () => closed++,
    })
    harness = new ListenerHarness({ context: { accessLog } })
    const local = {
      name: 'local',
      filter_chain_match: { source_type: 'SAME_IP_OR_LOOPBACK' as const },
      filters: [answer('hello')],
    }
    const listener = await harness.listen({ access_log: [{ name: 'log' }], filter_chains: [local] })
    await harness.talk(listener)
    await until(() => logged.length === 1)
    await harness.talk(listener, '', { localAddress: '127.0.0.2' })
    await until(() => logged.length === 2)
    expect(logged).toEqual([
      ['log', 0, 'local'],
      ['log', 0, 'filter_chain_not_found true'],
    ])
    await listener.close()
    expect(closed).toBeGreaterThan(0)
  })
})

describe('draining', () => {
  test('tells each connection once and says when to close', async () => {
    const listener = await harness.listen(KEEP)
    harness.connect(listener)
    await until(() => harness.accepted.length === 1)
    const connection = harness.accepted[0]!
    let heard = 0
    connection.observe({ onConnectionDrain: () => heard++ })
    expect(connection.draining).toBe(false)
    listener.drain(1000, 'gradual')
    listener.drain(1000, 'immediate')
    expect(heard).toBe(1)
    expect(connection.draining).toBe(true)
    expect(connection.drainClose()).toBe(true)
    harness.connect(listener)
    await until(() => harness.accepted.length === 2)
    expect(harness.accepted[1]!.draining).toBe(true)
    listener.stopDrain()
    expect(connection.draining).toBe(false)
  })
})
