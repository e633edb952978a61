import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StatsStore } from '@nuncio/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeDnsServer } from '../testing/fake-dns-server.ts'
import type { DnsAnswer, DnsLookupFamily } from './dns-resolver.ts'
import { parseHosts } from './hosts-file.ts'
import { NodeResolver, type NodeResolverOptions } from './node-resolver.ts'
import { candidates, NO_SEARCH, parseSearchList } from './search-list.ts'

let server: FakeDnsServer
let resolver: NodeResolver
let folder: string
let hostsFile: string
let stats: StatsStore

function open(options: NodeResolverOptions = {}): NodeResolver {
  resolver = new NodeResolver({
    servers: [server.address],
    timeoutMs: 60,
    tries: 1,
    hostsFile,
    search: NO_SEARCH,
    stats: stats.scope(''),
    ...options,
  })
  return resolver
}
const ask = (name: string, family: DnsLookupFamily = 'V4_ONLY'): Promise<DnsAnswer> =>
  new Promise((resolve) => void resolver.resolve(name, family, resolve))
const ips = (answer: DnsAnswer): string[] => answer.addresses.map((address) => address.ip)

beforeEach(async () => {
  stats = new StatsStore()
  server = await FakeDnsServer.listen()
  folder = mkdtempSync(join(tmpdir(), 'nuncio-dns-'))
  hostsFile = join(folder, 'hosts')
  writeFileSync(hostsFile, '127.0.0.1 localhost\n::1 localhost ip6\n10.9.8.7 Box # a comment\nrubbish line\n')
})
afterEach(async () => {
  resolver.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

describe('NodeResolver', () => {
  it('answers addresses with their TTL, without repeats', async () => {
    open()
    server.set('a.test', { addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.1'], ttlSeconds: 7 })
    expect(await ask('a.test')).toEqual({
      status: 'completed',
      addresses: [
        { ip: '10.0.0.1', ttlMs: 7000 },
        { ip: '10.0.0.2', ttlMs: 7000 },
      ],
      details: '',
    })
  })

  it('prefers what the family setting says and falls back to the other', async () => {
    open()
    server.set('both.test', { addresses: ['10.0.0.1', 'fd00::1'] }).set('four.test', { addresses: ['10.0.0.4'] })
    expect(ips(await ask('both.test', 'AUTO'))).toEqual(['fd00::1'])
    expect(ips(await ask('both.test', 'V4_PREFERRED'))).toEqual(['10.0.0.1'])
    expect(ips(await ask('both.test', 'ALL'))).toEqual(['10.0.0.1', 'fd00::1'])
    expect(ips(await ask('both.test', 'V6_ONLY'))).toEqual(['fd00::1'])
    expect(ips(await ask('four.test', 'AUTO'))).toEqual(['10.0.0.4'])
    expect(ips(await ask('four.test', 'V6_ONLY'))).toEqual([])
  })

  it('tells a name without addresses from a server that fails', async () => {
    open()
    server.set('empty.test', {}).set('broken.test', { code: 2 }).set('silent.test', { silent: true })
    expect(await ask('missing.test')).toEqual({ status: 'completed', addresses: [], details: 'ENOTFOUND' })
    expect(await ask('empty.test')).toEqual({ status: 'completed', addresses: [], details: 'ENODATA' })
    expect(await ask('broken.test')).toMatchObject({ status: 'failure', details: 'ESERVFAIL' })
    expect(await ask('silent.test', 'AUTO')).toMatchObject({ status: 'failure', details: 'ETIMEOUT' })
    expect(stats.counter('dns.cares.timeouts').value).toBe(1)
    expect(stats.counter('dns.cares.not_found').value).toBe(2)
    expect(stats.counter('dns.cares.get_addr_failure').value).toBe(1)
    expect(stats.gauge('dns.cares.pending_resolutions').value).toBe(0)
  })

  it('survives rubbish, TTL 0 and as many records as a datagram holds', async () => {
    open()
    const many = Array.from({ length: 200 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    server
      .set('rubbish.test', { raw: new Uint8Array([0x81, 0x80, 0, 1, 255, 255, 0, 0]) })
      .set('zero.test', { addresses: ['10.0.0.1'], ttlSeconds: 0 })
      .set('many.test', { addresses: many })
    expect((await ask('rubbish.test')).status).toBe('failure')
    expect((await ask('zero.test')).addresses).toEqual([{ ip: '10.0.0.1', ttlMs: 0 }])
    expect(ips(await ask('many.test')).toSorted()).toEqual(many.toSorted())
    expect((await ask('a..b')).addresses).toEqual([])
  })

  it('asks nobody for addresses, the hosts file and localhost', async () => {
    open()
    expect(ips(await ask('10.1.2.3'))).toEqual(['10.1.2.3'])
    expect(ips(await ask('localhost', 'AUTO'))).toEqual(['::1'])
    expect(ips(await ask('localhost', 'V4_ONLY'))).toEqual(['127.0.0.1'])
    expect(ips(await ask('x.localhost', 'ALL'))).toEqual(['127.0.0.1', '::1'])
    expect(ips(await ask('bOX', 'AUTO'))).toEqual(['10.9.8.7'])
    writeFileSync(hostsFile, '10.9.8.66 box other\n')
    expect(ips(await ask('box'))).toEqual(['10.9.8.66'])
    expect(server.asked).toEqual([])
  })

  it('says nothing after a question was cancelled or the resolver closed', async () => {
    open()
    server.set('a.test', { addresses: ['10.0.0.1'] }).hold()
    const answers: DnsAnswer[] = []
    const query = resolver.resolve('a.test', 'V4_ONLY', (answer) => answers.push(answer))
    query.cancel()
    query.cancel()
    resolver.resolve('a.test', 'V4_ONLY', (answer) => answers.push(answer))
    resolver.close()
    server.release()
    open()
    expect((await ask('a.test')).addresses).toHaveLength(1)
    expect(answers).toEqual([])
    expect(stats.gauge('dns.cares.pending_resolutions').value).toBe(0)
  })

  it('goes through the search list, but not past a server that fails', async () => {
    open({ search: { domains: ['ns.svc', 'svc.'], ndots: 2 } })
    server.set('web.svc', { addresses: ['10.0.0.5'] }).set('down.ns.svc', { silent: true })
    expect(ips(await ask('web'))).toEqual(['10.0.0.5'])
    expect(server.asked).toEqual(['A web.ns.svc', 'A web.svc'])
    expect((await ask('down')).status).toBe('failure')
  })
})

describe('files', () => {
  it('reads hosts and resolv.conf', () => {
    expect([...parseHosts('1.2.3.4 a b\n1.2.3.4 a\n5.6.7.8\ta\n')]).toEqual([
      ['a', ['1.2.3.4', '5.6.7.8']],
      ['b', ['1.2.3.4']],
    ])
    expect(parseSearchList('nameserver 1.1.1.1\nsearch a.b c.d\noptions timeout:1 ndots:5\n')).toEqual({
      domains: ['a.b', 'c.d'],
      ndots: 5,
    })
  })

  it('tries names with enough dots as they stand first', () => {
    const search = { domains: ['d'], ndots: 1 }
    expect(candidates('a.b', search)).toEqual(['a.b', 'a.b.d'])
    expect(candidates('a', search)).toEqual(['a.d', 'a'])
    expect(candidates('a.', search)).toEqual(['a'])
  })
})
