import { afterEach, describe, expect, it } from 'vitest'
import { PlainContext } from '@nuncio/cluster'
import { FakeDnsServer } from '../../testing/fake-dns-server.ts'
import { endpoints, ManagerWorld } from '../../testing/manager-world.ts'
import { Origin } from '../../testing/origin.ts'
import { NodeResolver } from '../../dns/index.ts'
import { NO_SEARCH } from '../../dns/search-list.ts'
import { Backoff } from './dns-loop.ts'
import { FakeRuntime, ScriptedRandom } from '@nuncio/core/testing'
import { SOON } from '../../testing/soon.ts'

let world: ManagerWorld
afterEach(async () => {
  await world.close()
})

const strict = (more: object = {}, ...names: string[]): object => ({
  name: 'c',
  type: 'STRICT_DNS',
  load_assignment: endpoints(...(names.length > 0 ? names : ['a.test:80'])),
  ...more,
})
const logical = (more: object = {}): object => strict({ type: 'LOGICAL_DNS', ...more })
const update = (name: string): number => world.stat(`cluster.c.update_${name}`)

describe('STRICT_DNS', () => {
  it('makes a host of each address and asks again every 5 s', async () => {
    world = new ManagerWorld([strict()])
    expect(world.manager.get('c')).toBeUndefined()
    world.resolver.open[0]!.answer('10.0.0.1', '10.0.0.2')
    await world.manager.ready()
    expect(world.hosts('c')).toEqual(['10.0.0.1:80', '10.0.0.2:80'])
    expect(world.host('c', '10.0.0.1:80').hostname).toBe('a.test')
    world.time.advance(4999)
    expect(world.resolver.open).toEqual([])
    world.time.advance(1)
    world.resolver.open[0]!.answer('10.0.0.2', '10.0.0.3')
    expect(world.hosts('c')).toEqual(['10.0.0.2:80', '10.0.0.3:80'])
    expect([
      update('attempt'),
      update('success'),
      update('no_rebuild'),
      world.stat('cluster.c.membership_change'),
    ]).toEqual([2, 2, 0, 2])
  })

  it('asks again later by a random time below dns_jitter', () => {
    world = new ManagerWorld([strict({ dns_jitter: 2000 })], { random: { uint32: () => 3500 } })
    world.resolver.open[0]!.answer('10.0.0.1')
    world.time.advance(5000 + 1499)
    expect(world.resolver.open).toHaveLength(0)
    world.time.advance(1)
    expect(world.resolver.open).toHaveLength(1)
  })

  it('may be used before there is an answer, when wait_for_warm_on_init is off', async () => {
    world = new ManagerWorld([strict({ wait_for_warm_on_init: false })])
    await world.manager.ready()
    expect(world.request('c').lines).toEqual(['no host'])
    world.resolver.open[0]!.answer('10.0.0.1')
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
  })

  it('takes the same addresses in another order for no change', async () => {
    world = new ManagerWorld([strict()])
    world.resolver.open[0]!.answer('10.0.0.1', '10.0.0.2')
    const before = world.manager.get('c')!.priorities
    world.time.advance(5000)
    world.resolver.open[0]!.answer('10.0.0.2', '10.0.0.1')
    expect(world.manager.get('c')!.priorities).toBe(before)
    expect(update('no_rebuild')).toBe(1)
  })

  it('keeps the last good hosts when DNS fails, is empty, or forgets the name', async () => {
    world = new ManagerWorld([strict()])
    world.resolver.open[0]!.answer('10.0.0.1')
    for (const step of ['fail', 'empty', 'fail', 'empty'] as const) {
      world.time.advance(5000)
      const [question] = world.resolver.open
      if (step === 'fail') question!.fail()
      else question!.answer()
      expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
    }
    expect([update('failure'), update('empty')]).toEqual([2, 2])
  })

  it('believes an empty answer when the runtime says so, as Envoy does', async () => {
    const runtime = new FakeRuntime({ 'upstream.strict_dns_trust_empty': true })
    world = new ManagerWorld([strict()], { runtime })
    world.resolver.open[0]!.answer('10.0.0.1')
    world.time.advance(5000)
    world.resolver.open[0]!.answer()
    expect(world.hosts('c')).toEqual([])
  })

  it('is ready without hosts when nobody knows the name, and finds them later', async () => {
    world = new ManagerWorld([strict()])
    world.resolver.open[0]!.fail()
    await world.manager.ready()
    expect(world.request('c').lines).toEqual(['no host'])
    world.time.advance(5000)
    world.resolver.open[0]!.answer('10.0.0.1')
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
  })

  it('asks again after the TTL when told to, but never in a loop for a TTL of 0', async () => {
    world = new ManagerWorld([strict({ respect_dns_ttl: true, dns_refresh_rate: 3000 })])
    world.resolver.open[0]!.answer('10.0.0.1 40', '10.0.0.2 30')
    world.time.advance(29_999)
    expect(world.resolver.open).toHaveLength(0)
    world.time.advance(1)
    world.resolver.open[0]!.answer('10.0.0.1 0')
    world.time.advance(2999)
    expect(world.resolver.open).toHaveLength(0)
    world.time.advance(1)
    expect(world.resolver.open).toHaveLength(1)
  })

  it('waits longer and longer after failures', async () => {
    world = new ManagerWorld([strict({ dns_failure_refresh_rate: { base_interval: 100, max_interval: 400 } })])
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      world.resolver.open[0]!.fail()
      let waited = 0
      for (; world.resolver.open.length === 0; waited++) world.time.advance(1)
      waits.push(waited)
    }
    expect(waits[0]).toBeLessThanOrEqual(100)
    expect(waits[1]).toBeLessThanOrEqual(200)
    expect(Math.max(...waits)).toBeGreaterThan(100)
    expect(Math.max(...waits)).toBeLessThanOrEqual(400)
    const limits = (draws: number[]): number[] => {
      const backoff = new Backoff(25, 250, new ScriptedRandom(draws.map((limit) => limit - 1)))
      return draws.map(() => backoff.nextMs() + 1)
    }
    expect(limits([25, 50, 100, 200, 250, 250])).toEqual([25, 50, 100, 200, 250, 250])
  })

  it('mixes names, addresses and families', async () => {
    world = new ManagerWorld([
      strict({ dns_lookup_family: 'V4_ONLY' }, 'a.test:80', '10.9.9.9:81', 'a.test:82', 'b.test:80'),
    ])
    expect(world.resolver.open.map(({ name, family }) => `${name} ${family}`)).toEqual([
      'a.test V4_ONLY',
      'b.test V4_ONLY',
    ])
    world.resolver.open[0]!.answer('10.0.0.1')
    expect(world.hosts('c')).toEqual(['10.0.0.1:80', '10.9.9.9:81', '10.0.0.1:82'])
    await world.manager.ready()
  })

  it('lives through what a DNS server on the wire may answer', async () => {
    const server = await FakeDnsServer.listen()
    const resolver = new NodeResolver({
      servers: [server.address],
      timeoutMs: 50,
      tries: 1,
      hostsFile: '/nonexistent',
      search: NO_SEARCH,
    })
    const many = Array.from({ length: 1000 }, (_, i) => `10.2.${i >> 8}.${i & 255}`)
    server.set('a.test', { addresses: ['10.0.0.1'], ttlSeconds: 0 })
    world = new ManagerWorld([strict({ dns_lookup_family: 'V4_ONLY', respect_dns_ttl: true })], { resolver })
    await world.manager.ready()
    for (const reply of [{ code: 3 }, { code: 2 }, {}, { silent: true }]) {
      server.set('a.test', reply)
      const asked = server.asked.length
      const settled = update('success') + update('failure') + 1
      world.time.advance(5000)
      await expect.poll(() => server.asked.length, SOON).toBeGreaterThan(asked)
      await expect.poll(() => update('success') + update('failure'), SOON).toBe(settled)
      expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
    }
    // Some 16 bytes a record: as many as fit in a datagram of 64 KiB.
    server.set('a.test', { addresses: many })
    world.time.advance(5000)
    await expect.poll(() => world.hosts('c').length, SOON).toBe(1000)
    resolver.close()
    await server.close()
  })
})

describe('LOGICAL_DNS', () => {
  it('is one host that moves with the first address and keeps its connections', async () => {
    const origin = await Origin.listen()
    world = new ManagerWorld([logical({ load_assignment: endpoints(`a.test:${origin.port}`) })])
    world.resolver.open[0]!.answer('127.0.0.1', '127.0.0.2')
    await world.manager.ready()
    const host = world.host('c', origin.address)
    expect(host).toMatchObject({ hostname: 'a.test', additionalAddresses: [{ ip: '127.0.0.2', port: origin.port }] })
    await world.request('c').until('end')
    world.time.advance(5000)
    world.resolver.open[0]!.answer('127.0.0.3')
    expect(world.hosts('c')).toEqual([`127.0.0.3:${origin.port}`])
    expect(world.manager.get('c')!.chooseHost(new PlainContext())).toBe(host)
    expect(origin.sockets.size).toBe(1)
    await world.request('c').until('end')
    expect(world.stat('cluster.c.upstream_cx_total')).toBe(1)
    expect(world.stat('cluster.c.membership_change')).toBe(1)
    await origin.close()
  })

  it('keeps the last good address', async () => {
    world = new ManagerWorld([logical()])
    world.resolver.open[0]!.answer('10.0.0.1')
    world.time.advance(5000)
    world.resolver.open[0]!.answer()
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
    world.time.advance(5000)
    world.resolver.open[0]!.fail()
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
  })

  it('has exactly one endpoint', () => {
    world = new ManagerWorld([logical({ load_assignment: endpoints('a.test:80', 'b.test:80') })])
    expect(world.problems.map(({ code }) => code)).toEqual(['bad-value'])
  })
})

describe('envoy.clusters.dns', () => {
  const dns = (config: object = {}, more: object = {}): object => ({
    name: 'c',
    cluster_type: {
      name: 'envoy.clusters.dns',
      typed_config: { '@type': 'envoy.extensions.clusters.dns.v3.DnsCluster', ...config },
    },
    load_assignment: endpoints('a.test:80'),
    ...more,
  })

  it('makes a host of each address, and asks as its own settings say', async () => {
    const settings = { dns_refresh_rate: 700, dns_lookup_family: 'V6_ONLY', dns_jitter: 300 }
    world = new ManagerWorld([dns(settings, { dns_refresh_rate: 9000, dns_lookup_family: 'V4_ONLY' })], {
      random: { uint32: () => 501 },
    })
    expect(world.resolver.open[0]!.family).toBe('V6_ONLY')
    world.resolver.open[0]!.answer('10.0.0.1', '10.0.0.2')
    await world.manager.ready()
    expect(world.hosts('c')).toEqual(['10.0.0.1:80', '10.0.0.2:80'])
    world.time.advance(700 + 200)
    expect(world.resolver.open).toHaveLength(0)
    world.time.advance(1)
    expect(world.resolver.open).toHaveLength(1)
  })

  it('asks every 5 s, and for either family, when it says nothing', () => {
    world = new ManagerWorld([dns({ dns_lookup_family: 'UNSPECIFIED' })])
    expect(world.resolver.open[0]!.family).toBe('AUTO')
    world.resolver.open[0]!.answer('10.0.0.1 1')
    world.time.advance(4999)
    expect(world.resolver.open).toHaveLength(0)
    world.time.advance(1)
    expect(world.resolver.open).toHaveLength(1)
  })

  it('respects the TTL, and waits after failures, when told to', () => {
    const settings = { respect_dns_ttl: true, dns_failure_refresh_rate: { base_interval: 1000, max_interval: 1000 } }
    world = new ManagerWorld([dns(settings)], { random: { uint32: () => 499 } })
    world.resolver.open[0]!.answer('10.0.0.1 2')
    world.time.advance(2000)
    world.resolver.open[0]!.fail()
    world.time.advance(498)
    expect(world.resolver.open).toHaveLength(0)
    world.time.advance(1)
    expect(world.resolver.open).toHaveLength(1)
  })

  it('is one host with all_addresses_in_single_endpoint', async () => {
    world = new ManagerWorld([dns({ all_addresses_in_single_endpoint: true })])
    world.resolver.open[0]!.answer('10.0.0.1', '10.0.0.2')
    await world.manager.ready()
    expect(world.hosts('c')).toEqual(['10.0.0.1:80'])
    expect(world.host('c', '10.0.0.1:80').additionalAddresses).toEqual([{ ip: '10.0.0.2', port: 80 }])
  })

  it('has exactly one endpoint then', () => {
    const more = { load_assignment: endpoints('a.test:80', 'b.test:80') }
    world = new ManagerWorld([dns({ all_addresses_in_single_endpoint: true }, more)])
    expect(world.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'bad-value static_resources.clusters[0].load_assignment',
    ])
  })
})
