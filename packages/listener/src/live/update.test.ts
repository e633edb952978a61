import type { Message } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decideListener } from '../decide/decide-listener.ts'
import { answer, ListenerHarness, until } from '../testing/index.ts'
import { bind } from './bind.ts'
import type { ListenerChange } from './change.ts'
import { Listener, type UpdateResult } from './listener.ts'
import { SocketPlan } from './socket-plan.ts'

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

type Config = Message<'envoy.config.listener.v3.Listener'>
type Chain = Message<'envoy.config.listener.v3.FilterChain'>

const BASE: Config = {
  name: 'test',
  stat_prefix: 'test',
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
}
const one: Chain = {
  name: 'one',
  filter_chain_match: { source_prefix_ranges: [{ address_prefix: '127.0.0.1', prefix_len: 32 }] },
  filters: [answer()],
}
const two: Chain = {
  name: 'two',
  filter_chain_match: { source_prefix_ranges: [{ address_prefix: '127.0.0.2', prefix_len: 32 }] },
  filters: [answer()],
}
const changed: Chain = { ...two, filters: [answer('changed')] }

function update(listener: Listener, config: Config, drainMs = 1000): Promise<UpdateResult> {
  const { info } = decideListener(config, { registries: harness.registries })
  return listener.update(info!, drainMs)
}

async function connected(listener: Listener, from: string): Promise<Socket> {
  const before = harness.accepted.length
  const socket = harness.connect(listener, { localAddress: from })
  await until(() => harness.accepted.length === before + 1)
  return socket
}

test('an equal configuration changes nothing', async () => {
  const listener = await harness.listen({ ...BASE, filter_chains: [one] })
  expect(await update(listener, structuredClone({ ...BASE, filter_chains: [one] }))).toEqual({
    outcome: 'unchanged',
    problems: [],
  })
})

test('chains that did not change keep their connections, changed ones drain and are closed', async () => {
  const listener = await harness.listen({ ...BASE, filter_chains: [one, two] })
  const { port } = listener.addresses[0]!
  await connected(listener, '127.0.0.1')
  await connected(listener, '127.0.0.2')
  expect(await update(listener, { ...BASE, filter_chains: [one, changed] })).toMatchObject({ outcome: 'in-place' })
  expect(listener.addresses[0]!.port).toBe(port)
  const [kept, drained] = harness.accepted
  expect([kept!.draining, drained!.draining]).toEqual([false, true])
  expect(await harness.talk(listener, '', { localAddress: '127.0.0.2' })).toBe('changed')
  expect(harness.stats.gauge('listener_manager.total_filter_chains_draining').value).toBe(1)
  harness.time.advance(1000)
  await until(() => drained!.closed)
  expect(kept!.closed).toBe(false)
  expect(harness.stats.gauge('listener_manager.total_filter_chains_draining').value).toBe(0)
  await connected(listener, '127.0.0.1')
  expect(listener.filterChains.map((chain) => chain.name)).toEqual(['one', 'two'])
})

test('the last connection of a removed chain disposes of it, before the drain time is over', async () => {
  const listener = await harness.listen({ ...BASE, filter_chains: [one, two] })
  const socket = await connected(listener, '127.0.0.2')
  await update(listener, { ...BASE, filter_chains: [one] })
  expect(harness.time.pending).toBe(1)
  socket.destroy()
  await until(() => harness.accepted[0]!.closed)
  expect(harness.time.pending).toBe(0)
})

test('when more than filter chains changed, all older connections drain, and the sockets stay', async () => {
  const listener = await harness.listen({ ...BASE, filter_chains: [one] })
  const { port } = listener.addresses[0]!
  await connected(listener, '127.0.0.1')
  expect(await update(listener, { ...BASE, per_connection_buffer_limit_bytes: 7, filter_chains: [one] })).toMatchObject(
    { outcome: 'replaced' },
  )
  expect(harness.accepted[0]!.draining).toBe(true)
  await connected(listener, '127.0.0.1')
  expect(harness.accepted[1]).toMatchObject({ draining: false, bufferLimit: 7 })
  expect(listener.addresses[0]!.port).toBe(port)
})

test('new addresses are bound, old ones given up', async () => {
  const other = { socket_address: { address: '127.0.0.2', port_value: 0 } }
  const listener = await harness.listen({ ...BASE, filter_chains: [{ filters: [answer('hello')] }] })
  const [old] = listener.addresses
  await update(listener, { ...BASE, address: other, filter_chains: [{ filters: [answer('hello')] }] })
  expect(listener.addresses).toMatchObject([{ address: '127.0.0.2' }])
  expect(await harness.talk(listener)).toBe('hello')
  expect(await harness.talk(listener, '', { host: old!.address, port: old!.port })).toBe('')
})

test('an address that cannot be bound leaves everything as it was', async () => {
  const listener = await harness.listen({ ...BASE, filter_chains: [{ filters: [answer('hello')] }] })
  const bad = { socket_address: { address: '203.0.113.1', port_value: 0 } }
  await expect(
    update(listener, { ...BASE, address: bad, filter_chains: [{ filters: [answer('new')] }] }),
  ).rejects.toMatchObject({
    code: 'ERR_NUNCIO_LISTEN_EADDRNOTAVAIL',
  })
  expect(await harness.talk(listener)).toBe('hello')
})

test('a chain that is not ready yet leaves the old in place until it is', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  harness = new ListenerHarness({
    networkFilters: [
      {
        name: 'slow',
        config: { type: 'nuncio.testing.Slow', honours: {} },
        stability: 'stable',
        terminal: false,
        create: (_, context) => {
          context.waitFor(promise)
          return { onNewConnection: () => {} }
        },
      },
    ],
  })
  const listener = await harness.listen({ ...BASE, filter_chains: [{ filters: [answer('old')] }] })
  const slow = { name: 'slow', typed_config: { '@type': 'nuncio.testing.Slow' } }
  const updated = update(listener, { ...BASE, filter_chains: [{ filters: [slow, answer('new')] }] })
  expect(await harness.talk(listener)).toBe('old')
  resolve()
  await updated
  expect(await harness.talk(listener)).toBe('new')
})

function broken(create: () => void): ListenerHarness {
  return new ListenerHarness({
    networkFilters: [
      {
        name: 'broken',
        config: { type: 'nuncio.testing.Broken', honours: {} },
        stability: 'stable',
        terminal: false,
        create: (_, context) => {
          create()
          context.report({
            code: 'bad',
            severity: 'error',
            path: context.path,
            message: 'no good',
            hint: '',
            file: '',
            line: 0,
            column: 0,
          })
          return { onNewConnection: () => {} }
        },
      },
    ],
  })
}

test('a chain that reports an error is rejected, and one that throws too; the old stays', async () => {
  const filter = { name: 'broken', typed_config: { '@type': 'nuncio.testing.Broken' } }
  const next = { ...BASE, filter_chains: [{ filters: [filter, answer('new')] }] }
  harness = broken(() => {})
  const listener = await harness.listen({ ...BASE, filter_chains: [{ filters: [answer('old')] }] })
  expect(await update(listener, next)).toMatchObject({ outcome: 'rejected', problems: [{ code: 'bad' }] })
  expect(await harness.talk(listener)).toBe('old')
  expect(() => harness.make(next)).toThrow('no good')
})

test('a filter that cannot be made is a problem at its place, and the listener does not listen', async () => {
  harness = broken(() => {
    throw new NuncioError('ERR_NUNCIO_INVALID_CONFIG', 'cannot be', { hint: 'Do it otherwise.' })
  })
  const config = {
    ...BASE,
    filter_chains: [{ filters: [{ name: 'broken', typed_config: { '@type': 'nuncio.testing.Broken' } }, answer()] }],
  }
  const { info } = decideListener(config, { registries: harness.registries })
  const listener = new Listener(info!, harness.context)
  expect(listener.problems).toMatchObject([
    { path: 'listener test.filter_chains[0].filters[0].typed_config', message: 'cannot be', hint: 'Do it otherwise.' },
  ])
  await expect(listener.listen()).rejects.toMatchObject({ code: 'ERR_NUNCIO_LISTENER_INVALID' })
  await listener.close()
})

const at = (port: number): Config['address'] => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const saying = (name: string, address: Config['address']): Config => ({
  name,
  stat_prefix: name,
  ...(address !== undefined && { address }),
  filter_chains: [{ filters: [answer(name)] }],
})

/** Prepares changes of several listeners and binds them together. */
async function bindAll(changes: readonly ListenerChange[]): Promise<SocketPlan> {
  const plan = new SocketPlan(changes.flatMap(({ givesUp }) => givesUp))
  for (const change of changes) await change.bind(plan)
  return plan
}

function prepared(listener: Listener, config: Config): ListenerChange {
  return listener.prepare(decideListener(config, { registries: harness.registries }).info!)
}

test('a listener that goes hands its socket to one that comes for the same address', async () => {
  const old = await harness.listen(saying('old', at(0)))
  const { port } = old.addresses[0]!
  const fresh = harness.make(saying('fresh', at(0)))
  const changes = [fresh.begin(), old.removal()]
  const plan = await bindAll(changes)
  for (const change of changes) change.commit(1000)
  plan.commit()
  expect(fresh.addresses[0]!.port).toBe(port)
  expect(await harness.talk(fresh)).toBe('fresh')
  expect(old.addresses).toEqual([])
  await old.idle()
})

test('what a socket accepts before anybody is attached waits, and is handed over', async () => {
  const address = decideListener(saying('late', at(0)), { registries: harness.registries }).info!.addresses[0]!
  const bound = await bind(address, { backlog: 16, reusePort: false, sockets: undefined, owner: 'test/0' })
  const client = connect(bound.address.port, '127.0.0.1')
  await once(client, 'connect')
  client.write('early')
  const taken: Socket[] = []
  bound.attach({ onConnection: (socket) => void taken.push(socket), onAcceptError: () => {} }, undefined)
  await until(() => taken.length === 1)
  const [early] = (await once(taken[0]!, 'data')) as [Buffer]
  expect(early.toString()).toBe('early')
  bound.close()
  for (const socket of [client, ...taken]) socket.destroy()
})

test('a change that is given up leaves addresses, chains and connections as they were', async () => {
  const listener = await harness.listen({ ...BASE, filter_chains: [one] })
  await connected(listener, '127.0.0.1')
  const change = prepared(listener, { ...BASE, filter_chains: [changed] })
  const plan = await bindAll([change])
  plan.discard()
  change.discard()
  expect(listener.filterChains.map((chain) => chain.name)).toEqual(['one'])
  await connected(listener, '127.0.0.1')
  expect(harness.accepted.map((connection) => connection.draining)).toEqual([false, false])
})

test('the address that cannot be bound is named by its place in the listener', async () => {
  const listener = harness.make({
    ...saying('two', at(0)),
    additional_addresses: [{ address: { socket_address: { address: '203.0.113.1', port_value: 0 } } }],
  })
  await expect(bindAll([listener.begin()])).rejects.toMatchObject({ index: 1, code: 'ERR_NUNCIO_LISTEN_EADDRNOTAVAIL' })
})
