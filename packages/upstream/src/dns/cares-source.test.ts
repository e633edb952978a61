import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Counter } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { FakeDnsServer } from '../testing/fake-dns-server.ts'
import { CaresSource, type ChannelRenewal } from './cares-source.ts'
import type { DnsAnswer, DnsLookupFamily } from './dns-resolver.ts'
import { NodeResolver, type NodeResolverOptions } from './node-resolver.ts'
import { Question } from './question.ts'
import { NO_QUERY } from './record-source.ts'
import { routableFamilies } from './routable.ts'
import { NO_SEARCH } from './search-list.ts'

let server: FakeDnsServer
let other: FakeDnsServer
let resolver: NodeResolver | undefined

function open(options: NodeResolverOptions): void {
  resolver = new NodeResolver({
    timeoutMs: 60,
    tries: 1,
    hostsFile: '/nonexistent',
    search: NO_SEARCH,
    servers: [server.address, other.address],
    ...options,
  })
}
const ask = (name: string): Promise<DnsAnswer> =>
  new Promise((resolve) => void resolver!.resolve(name, 'V4_ONLY', resolve))

beforeEach(async () => {
  server = await FakeDnsServer.listen()
  other = await FakeDnsServer.listen()
  server.set('a.test', { addresses: ['10.0.0.1'] })
  other.set('a.test', { addresses: ['10.0.0.2'] })
})
afterEach(async () => {
  resolver?.close()
  await server.close()
  await other.close()
})

describe('channels', () => {
  it('begin at a server drawn by chance when they rotate', async () => {
    let draw = 0
    open({ rotate: { random: { uint32: () => draw++ } } })
    const answers = [await ask('a.test'), await ask('a.test'), await ask('a.test')]
    expect(answers.map(({ addresses }) => addresses[0]!.ip)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1'])
  })

  describe('are left behind', () => {
    const time = new FakeTime()
    let reinits: Counter
    beforeEach(() => (reinits = new Counter('dns.cares.reinits')))
    const after = (limit: Partial<ChannelRenewal>): CaresSource => {
      const renew = { questions: 0, ageMs: 0, onTimeout: false, ...limit, time }
      return new CaresSource({ servers: [server.address], timeoutMs: 60, tries: 1, renew, reinits })
    }
    const codes = (source: CaresSource, ...names: string[]): Promise<string[]> =>
      Promise.all(names.map((name) => new Promise<string>((resolve) => void source.ask(name, 4, resolve))))

    it('after so many questions, and what waits on them is answered', async () => {
      const source = after({ questions: 2 })
      server.hold()
      const waiting = codes(source, 'a.test', 'a.test', 'a.test', 'a.test', 'a.test')
      expect([source.opened, reinits.value]).toEqual([3, 0])
      setImmediate(() => server.release())
      expect(await waiting).toEqual(['', '', '', '', ''])
      source.close()
    })

    it('after a while', async () => {
      const source = after({ ageMs: 1000 })
      time.advance(999)
      await codes(source, 'a.test')
      expect(source.opened).toBe(1)
      time.advance(1)
      await codes(source, 'a.test', 'a.test')
      expect([source.opened, reinits.value]).toEqual([2, 1])
      source.close()
    })

    it('after a timeout, when told to', async () => {
      server.set('silent.test', { silent: true })
      for (const [onTimeout, opened] of [
        [true, 2],
        [false, 1],
      ] as const) {
        const source = after({ onTimeout })
        expect(await codes(source, 'silent.test')).toEqual(['ETIMEOUT'])
        expect(await codes(source, 'a.test')).toEqual([''])
        expect(source.opened).toBe(opened)
        source.close()
      }
      expect(reinits.value).toBe(1)
    })
  })
})

describe('families', () => {
  const internal = { address: '', netmask: '', mac: '', cidr: null }
  it('are those of interfaces other than the loopback', () => {
    const found = routableFamilies(() => ({
      lo: [
        { ...internal, family: 'IPv4', internal: true },
        { ...internal, family: 'IPv6', internal: true, scopeid: 0 },
      ],
      eth0: [{ ...internal, family: 'IPv4', internal: false }],
    }))
    expect([...found]).toEqual([4])
  })

  it.each<[DnsLookupFamily, string]>([
    ['AUTO', '4'],
    ['ALL', '4'],
    ['V4_PREFERRED', '4'],
    ['V6_ONLY', 'EBADFAMILY'],
  ])('that cannot be reached are not asked for with %s', (family, told) => {
    open({})
    let answer: DnsAnswer | undefined
    const source = {
      close: () => {},
      ask: (_: string, asked: 4 | 6, onRecords: (code: string, found: { ip: string; ttlMs: number }[]) => void) => {
        onRecords('', [{ ip: asked === 4 ? '10.0.0.4' : 'fd00::6', ttlMs: 1 }])
        return NO_QUERY
      },
    }
    const usable = new Set<4 | 6>([4])
    new Question({ source, names: ['a.test'], family, usable, onAnswer: (to) => (answer = to) }).next()
    expect(answer!.addresses.map(({ ip }) => ip.at(-1)).join(' ') || answer!.details).toBe(told)
  })
})
