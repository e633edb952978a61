import { SeededRandom } from '@nuncio/core'
import { FakeRuntime, FakeTime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../contracts/cluster.ts'
import type { Host } from '../contracts/host.ts'
import { PlainContext } from '../plain-context.ts'
import { testHosts } from '../testing/pictures.ts'
import { PickLog } from './pick-log.ts'

const hosts = testHosts(40)
const candidates = hosts.map(({ address }) => ({
  host: address,
  excluded: undefined,
  score: undefined,
  terms: undefined,
}))

function log(values: Record<string, number>) {
  const time = new FakeTime()
  let turn = 0
  const cluster = {
    loadBalancer: { update: () => {}, chooseHost: (): Host => hosts[turn++ % hosts.length]! },
    explain: () => ({ policy: 'turns', steps: [], candidates, chosen: hosts[turn % hosts.length]!.address }),
  } as unknown as Cluster
  const picks = new PickLog({ cluster: 'api', time, random: new SeededRandom(5), runtime: new FakeRuntime(values) })
  return { picks, time, cluster }
}

describe('PickLog', () => {
  it('wants nothing unless the runtime says so, the cluster’s own key first', () => {
    expect(log({}).picks.wants).toBe(false)
    expect(log({ 'balancers.log_picks': 100 }).picks.wants).toBe(true)
    expect(log({ 'balancers.log_picks': 100, 'balancers.log_picks.api': 0 }).picks.wants).toBe(false)
  })

  it('takes the share that was asked for', () => {
    const { picks } = log({ 'balancers.log_picks.api': 10 })
    let wanted = 0
    for (let i = 0; i < 10_000; i++) if (picks.wants) wanted++
    expect(wanted).toBeGreaterThan(900)
    expect(wanted).toBeLessThan(1100)
  })

  it('remembers the last 64 picks, the newest first, with what was known before each and what it came to', () => {
    const { picks, time, cluster } = log({ 'balancers.log_picks': 100 })
    for (let i = 0; i < 70; i++) {
      time.advance(1)
      picks.choose(cluster, new PlainContext())
    }
    const recent = picks.recent()
    expect(recent).toHaveLength(64)
    expect(recent[0]).toMatchObject({ chosen: hosts[69 % 40]!.address, attempt: 0, requestId: '', moreHosts: 8 })
    expect(recent[0]!.explanation.candidates).toHaveLength(32)
    for (const pick of recent) expect(pick.explanation.chosen).toBe(pick.chosen)
    expect(recent[0]!.atMs - recent[63]!.atMs).toBe(63)
  })
})
