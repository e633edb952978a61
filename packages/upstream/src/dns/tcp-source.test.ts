import { StatsStore } from '@nuncio/core'
import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeDnsServer } from '../testing/fake-dns-server.ts'
import { SOON } from '../testing/soon.ts'
import type { DnsAnswer, DnsLookupFamily } from './dns-resolver.ts'
import { NodeResolver, type NodeResolverOptions } from './node-resolver.ts'
import { NO_SEARCH } from './search-list.ts'
import { readServer } from './tcp-exchange.ts'

let server: FakeDnsServer
let other: FakeDnsServer
let resolver: NodeResolver
let time: FakeTime
let stats: StatsStore

function open(options: NodeResolverOptions = {}, draws: number[] = []): void {
  const random = draws.length > 0 ? new ScriptedRandom(draws) : { uint32: () => 4711 }
  resolver = new NodeResolver({
    servers: [server.address],
    tries: 1,
    hostsFile: '/nonexistent',
    search: NO_SEARCH,
    stats: stats.scope(''),
    overTcp: { time, random },
    ...options,
  })
}
const ask = (name: string, family: DnsLookupFamily = 'V4_ONLY'): Promise<DnsAnswer> =>
  new Promise((resolve) => void resolver.resolve(name, family, resolve))
const ips = (answer: DnsAnswer): string[] => answer.addresses.map((address) => address.ip)

beforeEach(async () => {
  time = new FakeTime()
  stats = new StatsStore()
  server = await FakeDnsServer.listen('tcp')
  other = await FakeDnsServer.listen('tcp')
})
afterEach(async () => {
  resolver.close()
  await server.close()
  await other.close()
  if (time.pending > 0) throw new Error(`${time.pending} timers were left behind`)
})

describe('DNS over TCP', () => {
  it('answers addresses with their TTL, both families, and more than fit into a datagram', async () => {
    open()
    const many = Array.from({ length: 4000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    server.set('a.test', { addresses: ['10.0.0.1', 'fd00::1'], ttlSeconds: 7 }).set('many.test', { addresses: many })
    expect(await ask('A.test', 'ALL')).toEqual({
      status: 'completed',
      addresses: [
        { ip: '10.0.0.1', ttlMs: 7000 },
        { ip: 'fd00::1', ttlMs: 7000 },
      ],
      details: '',
    })
    expect(ips(await ask('many.test'))).toEqual(many)
    await expect.poll(() => server.connections.size, SOON).toBe(0)
  })

  it('tells a name without addresses from a server that fails', async () => {
    open()
    server.set('empty.test', {}).set('broken.test', { code: 2 }).set('refused.test', { code: 5 })
    expect(await ask('missing.test')).toEqual({ status: 'completed', addresses: [], details: 'ENOTFOUND' })
    expect(await ask('empty.test')).toEqual({ status: 'completed', addresses: [], details: 'ENODATA' })
    expect(await ask('broken.test')).toMatchObject({ status: 'failure', details: 'ESERVFAIL' })
    expect(await ask('refused.test')).toMatchObject({ status: 'failure', details: 'EREFUSED' })
    expect((await ask('a..b')).details).toBe('EBADNAME')
    expect((await ask(`${'x'.repeat(64)}.test`)).details).toBe('EBADNAME')
    expect(stats.counter('dns.cares.get_addr_failure').value).toBe(2)
    expect(stats.gauge('dns.cares.pending_resolutions').value).toBe(0)
  })

  it('takes no answer to another question, and no rubbish', async () => {
    open()
    const header = [0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
    const question = (label: string): number[] => [label.length, ...Buffer.from(label), 0, 0, 1, 0, 1]
    server
      .set('lie.test', { raw: new Uint8Array([...header, ...question('evil')]) })
      .set('rubbish.test', { raw: new Uint8Array([0x81, 0x80, 0, 1, 255, 255, 0, 0]) })
    expect(await ask('lie.test')).toMatchObject({ status: 'failure', details: 'EBADRESP' })
    expect(await ask('rubbish.test')).toMatchObject({ status: 'failure', details: 'EBADRESP' })
  })

  it('asks the next server when one is silent, refuses or fails, and waits longer in each round', async () => {
    open({ servers: ['127.0.0.1:1', server.address, other.address], timeoutMs: 1000, tries: 2 })
    server.set('a.test', { silent: true })
    other.set('a.test', { code: 2 })
    let answer: DnsAnswer | undefined
    resolver.resolve('a.test', 'V4_ONLY', (told) => (answer = told))
    await expect.poll(() => server.asked.length, SOON).toBe(1)
    time.advance(1000)
    await expect.poll(() => server.asked.length, SOON).toBe(2)
    expect(other.asked).toHaveLength(1)
    time.advance(1999)
    expect(other.asked).toHaveLength(1)
    other.set('a.test', { addresses: ['10.0.0.2'] })
    time.advance(1)
    await expect.poll(() => answer, SOON).toMatchObject({ status: 'completed', addresses: [{ ip: '10.0.0.2' }] })
  })

  it('gives up when every server was asked as often as it may be', async () => {
    open({ timeoutMs: 1000 })
    server.set('a.test', { silent: true })
    let answer: DnsAnswer | undefined
    resolver.resolve('a.test', 'V4_ONLY', (told) => (answer = told))
    await expect.poll(() => server.asked.length, SOON).toBe(1)
    time.advance(1000)
    expect(answer).toMatchObject({ status: 'failure', details: 'ETIMEOUT' })
    await expect.poll(() => server.connections.size, SOON).toBe(0)
  })

  it('says nothing after a question was cancelled or the resolver closed, and leaves no connection', async () => {
    open()
    server.set('a.test', { silent: true }).set('b.test', { silent: true })
    const answers: DnsAnswer[] = []
    const query = resolver.resolve('a.test', 'V4_ONLY', (answer) => answers.push(answer))
    resolver.resolve('b.test', 'V4_ONLY', (answer) => answers.push(answer))
    await expect.poll(() => server.asked.length, SOON).toBe(2)
    query.cancel()
    await expect.poll(() => server.connections.size, SOON).toBe(1)
    resolver.close()
    await expect.poll(() => server.connections.size, SOON).toBe(0)
    expect([answers, stats.gauge('dns.cares.pending_resolutions').value]).toEqual([[], 0])
  })

  it('begins at a server drawn by chance when it rotates', async () => {
    const draws = [1, 0, 1, 1, 1, 0]
    open({ servers: [server.address, other.address], rotate: { random: { uint32: () => 0 } } }, draws)
    server.set('a.test', { addresses: ['10.0.0.1'] })
    other.set('a.test', { addresses: ['10.0.0.2'] })
    const first = [await ask('a.test'), await ask('a.test'), await ask('a.test')].map((answer) => ips(answer)[0])
    expect(first).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1'])
  })
})

describe('servers', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', 53],
    ['10.0.0.1:5353', '10.0.0.1', 5353],
    ['::1', '::1', 53],
    ['[::1]:54', '::1', 54],
    ['[fd00::1]', 'fd00::1', 53],
  ])('%s is %s port %i', (text, host, port) => expect(readServer(text)).toEqual({ host, port }))
})
