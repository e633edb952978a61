import { testHosts } from '@nuncio/cluster/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balancerFor, hashContext } from '../testing/index.ts'
import { buildAtOnce } from './host-table.ts'
import { Mt19937 } from './mt19937.ts'
import { sort64 } from './sort64.ts'

describe('sort64', () => {
  it('sorts any keys as 64-bit numbers, equal ones in their order', () => {
    const key = fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff }))
    fc.assert(
      fc.property(fc.array(fc.oneof(key, fc.constant<[number, number]>([1, 2])), { maxLength: 300 }), (keys) => {
        const highs = Uint32Array.from(keys, ([high]) => high)
        const lows = Uint32Array.from(keys, ([, low]) => low)
        const values = Uint32Array.from(keys.keys())
        buildAtOnce(sort64(highs, lows, values))
        const sorted = keys
          .map(([high, low], i) => ({ hash: (BigInt(high) << 32n) | BigInt(low), i }))
          .toSorted((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.i - b.i))
        expect([...values]).toEqual(sorted.map(({ i }) => i))
      }),
      { seed: 2, numRuns: 100 },
    )
  })
})

describe('Mt19937', () => {
  it('gives the published sequence', () => {
    const random = new Mt19937()
    random.seed(Uint32Array.of(5489), 0)
    expect([random.next() >>> 0, random.next() >>> 0, random.next() >>> 0]).toEqual([3499211612, 581869302, 3890346734])
    for (let i = 3; i < 9999; i++) random.next()
    expect(random.next() >>> 0).toBe(4123659995)
  })
})

describe('hash policies inside a balancer', () => {
  const config = {
    lb_policy: 'LOAD_BALANCING_POLICY_CONFIG',
    load_balancing_policy: {
      policies: [
        {
          typed_extension_config: {
            name: 'ring',
            typed_config: {
              '@type': 'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash',
              consistent_hashing_lb_config: { hash_policy: [{ header: { header_name: 'x-user' } }] },
            },
          },
        },
      ],
    },
  } as const

  it('stand above the hash of the route, and may set a cookie', () => {
    const policy = {
      hash: (_headers: unknown, _info: unknown, out: { has: boolean; high: number; low: number; cookie: string }) =>
        Object.assign(out, { has: true, high: 7, low: 7, cookie: 'a=b' }),
    }
    const { update, ports } = balancerFor({ config, compileHashPolicy: () => policy })
    update(testHosts(40))
    const cookies: string[] = []
    const contexts = [1n << 62n, 1n, 1n << 40n].map((hash) =>
      Object.assign(hashContext(hash), { headers: {}, info: {}, addCookie: (text: string) => void cookies.push(text) }),
    )
    expect(new Set(contexts.flatMap((context) => ports(1, context))).size).toBe(1)
    expect(cookies).toEqual(['a=b', 'a=b', 'a=b'])
  })

  it('are reported where nobody can compile them', () => {
    expect(balancerFor({ config }).problems.map((problem) => problem.code)).toEqual(['unsupported'])
  })
})
