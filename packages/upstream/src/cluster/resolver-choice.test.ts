import { SeededRandom, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { configPlace } from '@nuncio/matching'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DnsAnswer } from '../dns/dns-resolver.ts'
import { FakeDnsServer } from '../testing/fake-dns-server.ts'
import { type DnsSettings, ResolverChoice } from './resolver-choice.ts'

const CARES = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
const GETADDRINFO = 'envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig'

let udp: FakeDnsServer
let tcp: FakeDnsServer
let problems: string[]
let choice: ResolverChoice | undefined

beforeEach(async () => {
  udp = await FakeDnsServer.listen('udp')
  tcp = await FakeDnsServer.listen('tcp')
  udp.set('a.test', { addresses: ['10.0.0.1'] })
  tcp.set('a.test', { addresses: ['10.0.0.2'] })
  problems = []
})
afterEach(async () => {
  choice?.close()
  choice = undefined
  await udp.close()
  await tcp.close()
})

const at = (server: FakeDnsServer) => ({
  socket_address: { address: '127.0.0.1', port_value: Number(server.address.split(':')[1]) },
})
const cares = (config: object): DnsSettings => ({
  typed_dns_resolver_config: { name: 'dns', typed_config: { '@type': CARES, ...config } },
})
const OVER_TCP = { dns_resolver_options: { use_tcp_for_dns_lookups: true, no_default_search_domain: true } }

function choose(bootstrap: DnsSettings = {}): ResolverChoice {
  const time = new FakeTime()
  choice ??= new ResolverChoice(undefined, bootstrap, {
    time,
    random: new SeededRandom(1),
    stats: new StatsStore().scope(''),
  })
  return choice
}

async function ask(settings: DnsSettings, bootstrap?: DnsSettings): Promise<string> {
  const place = configPlace(settings, { report: ({ code, path }) => problems.push(`${code} ${path}`) })
  const resolver = choose(bootstrap).forCluster(settings, place)
  const answer = await new Promise<DnsAnswer>((resolve) => void resolver.resolve('a.test', 'V4_ONLY', resolve))
  return answer.addresses[0]?.ip ?? answer.details
}

describe('the resolver of a cluster', () => {
  it('asks the servers of its typed configuration, at their ports', async () => {
    expect(await ask(cares({ resolvers: [at(udp)] }))).toBe('10.0.0.1')
    expect(udp.asked.at(-1)).toBe('A a.test')
  })

  it('asks over TCP when told to, in each of the four spellings', async () => {
    expect(await ask(cares({ resolvers: [at(tcp)], ...OVER_TCP }))).toBe('10.0.0.2')
    expect(await ask({ dns_resolution_config: { resolvers: [at(tcp)], ...OVER_TCP } })).toBe('10.0.0.2')
    expect(await ask({ dns_resolvers: [at(tcp)], use_tcp_for_dns_lookups: true })).toBe('10.0.0.2')
    choice!.close()
    choice = undefined
    expect(await ask({}, { dns_resolution_config: { resolvers: [at(tcp)], ...OVER_TCP } })).toBe('10.0.0.2')
    expect(udp.asked).toEqual([])
  })

  it('believes the typed configuration before the older ones', async () => {
    const settings = {
      ...cares({ resolvers: [at(udp)] }),
      dns_resolution_config: { resolvers: [at(tcp)], ...OVER_TCP },
    }
    expect(await ask(settings)).toBe('10.0.0.1')
  })

  it('waits as long, and asks as often, as it is told', async () => {
    udp.set('a.test', { silent: true })
    const settings = { query_timeout_seconds: 1, query_tries: 1, resolvers: [at(udp)] }
    expect(await ask(cares({ ...settings, dns_resolver_options: { no_default_search_domain: true } }))).toBe('ETIMEOUT')
    expect(udp.asked).toHaveLength(1)
  })

  it('is shared by those that say the same', () => {
    const place = configPlace({}, { report: () => {} })
    const both = [1, 2].map(() => choose().forCluster(cares({ resolvers: [at(udp)], ...OVER_TCP }), place))
    expect(both[0]).toBe(both[1])
    expect(choose().forCluster(cares({ resolvers: [at(udp)] }), place)).not.toBe(both[0])
  })

  it('asks the machine with getaddrinfo, as one that says nothing', () => {
    const place = configPlace({}, { report: () => {} })
    const typed_config = { '@type': GETADDRINFO } as const
    const typed = choose().forCluster({ typed_dns_resolver_config: { name: 'dns', typed_config } }, place)
    expect(typed).toBe(choose().forCluster({}, place))
  })

  it('reports a server without a socket address', () => {
    const settings = cares({ resolvers: [{ pipe: { path: '/x' } }] })
    const place = configPlace(settings, { report: ({ code, path }) => problems.push(`${code} ${path}`) })
    choose().forCluster(settings, place)
    expect(problems).toEqual(['bad-value typed_dns_resolver_config'])
  })

  it('reports what is no resolver, also where one is given', () => {
    const typed_config = { '@type': 'envoy.extensions.filters.http.router.v3.Router' } as const
    const settings: DnsSettings = { typed_dns_resolver_config: { name: 'dns', typed_config } }
    const place = configPlace(settings, { report: ({ code, path }) => problems.push(`${code} ${path}`) })
    const given = choose().forCluster({}, place)
    const parts = { time: new FakeTime(), random: new SeededRandom(1), stats: new StatsStore().scope('') }
    expect(new ResolverChoice(given, {}, parts).forCluster(settings, place)).toBe(given)
    expect(problems).toEqual(['wrong-type typed_dns_resolver_config'])
  })
})
