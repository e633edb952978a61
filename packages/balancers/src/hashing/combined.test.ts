import { testHosts } from '@nuncio/cluster/testing'
import { type Hash64, xxHash64 } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { balancerFor, hashContext } from '../testing/index.ts'
import { buildAtOnce } from './host-table.ts'
import { normaliseWeights } from './weights.ts'
import { buildMaglev } from '../maglev/table.ts'
import { levelOf } from '@nuncio/cluster/testing'

const hosts = (weights: readonly number[]) =>
  testHosts(weights.map((weight, i) => ({ ip: `10.0.0.${i + 1}`, port: 8080, weight })))

const pickers = [
  ['RING_HASH', [1, 1, 1, 1]],
  ['MAGLEV', [1, 1, 1, 1]],
  ['RING_HASH', [1, 2, 3, 4]],
  ['MAGLEV', [1, 2, 3, 4]],
].map(([policy, weights]) => {
  const { balancer, update } = balancerFor({ config: { lb_policy: policy as 'MAGLEV' } })
  update(hosts(weights as number[]))
  return (hash: bigint) => Number(balancer.chooseHost(hashContext(hash))!.ip.at(-1))
})

describe('hash balancers over four hosts', () => {
  it.each([
    ['user-1', 11633770265628666856n, [4, 2, 4, 4]],
    ['user-2', 8328806736226637289n, [3, 1, 3, 1]],
    ['user-3', 12566532025316769246n, [2, 4, 2, 4]],
    ['user-4', 3614034704237850984n, [1, 4, 1, 4]],
    ['user-5', 8552113116000244459n, [2, 3, 3, 3]],
    ['session-abc', 1889263794375132915n, [1, 2, 2, 4]],
    ['10.1.2.3', 4880821621418515188n, [3, 2, 3, 4]],
    ['192.168.0.7', 4063709995788895493n, [3, 1, 3, 1]],
  ])('%s hashes to %s and goes to %j', (value, expected, chosen) => {
    const hash: Hash64 = { high: 0, low: 0 }
    xxHash64(value, hash)
    expect((BigInt(hash.high) << 32n) | BigInt(hash.low)).toBe(expected)
    expect(pickers.map((pick) => pick(expected))).toEqual(chosen)
  })

  it('shares the Maglev slots out by weight, and moves 35 of them when the last host leaves', () => {
    const table = (list: ReturnType<typeof hosts>) =>
      buildAtOnce(buildMaglev(normaliseWeights(levelOf(list), false, false), 65_537, false))
    const equal = hosts([1, 1, 1, 1])
    const before = table(equal)
    expect([...before.counts]).toEqual([16_385, 16_384, 16_384, 16_384])
    expect([...table(hosts([1, 2, 3, 4])).counts]).toEqual([6554, 13_108, 19_661, 26_214])
    const after = table(equal.slice(0, 3))
    expect(before.slots.filter((host, slot) => host !== 3 && host !== after.slots[slot])).toHaveLength(35)
  })
})
