import { type Host, type LoadBalancer, PlainContext, type PrioritySet } from '@nuncio/cluster'
import { prioritiesOf, testHosts } from '@nuncio/cluster/testing'
import { SeededRandom } from '@nuncio/core'
import type { BalancerOptions, TestBalancer } from './harness.ts'

/** One promise that every policy keeps; `run` throws when it is broken. */
export interface ConformanceCase {
  readonly name: string
  readonly run: () => void
}

/**
 * What any load balancing policy must do, whatever else it does. For one's own policy:
 * `it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())`, where `make` is `balancerFor` with the policy.
 */
export function conformanceCases(make: (options: BalancerOptions) => TestBalancer): readonly ConformanceCase[] {
  const seeded = (seed: number): TestBalancer => make({ random: new SeededRandom(seed) })
  return [
    { name: 'gives no host before the first update, nor when there is none', run: () => emptyGivesNone(seeded(1)) },
    { name: 'gives the only host there is', run: () => onlyHost(seeded(2)) },
    { name: 'picks among healthy hosts only, and over time all of them', run: () => healthyOnly(seeded(3)) },
    { name: 'goes to the next priority when the first has no healthy host', run: () => failover(seeded(4)) },
    { name: 'uses every host in panic, and counts it', run: () => panic(seeded(5)) },
    { name: 'forgets hosts that left', run: () => forgets(seeded(6)) },
    { name: 'asks again as often as allowed when a host is rejected', run: () => rejects(seeded(7)) },
    { name: 'makes the same picks from the same seed', run: () => repeatable(seeded(8), seeded(8)) },
    { name: 'survives many hosts, weights that differ, and 129 levels', run: () => extremes(seeded(9)) },
    { name: 'explains a pick without making one', run: () => explains(seeded(10), seeded(10)) },
  ]
}

const PICKS = 400

function check(ok: boolean, what: string): void {
  if (!ok) throw new Error(what)
}

/** Picks with a different hash each time, so that hashing policies move too. */
function picks(balancer: LoadBalancer, count = PICKS): (Host | undefined)[] {
  const context = new PlainContext()
  const hashes = new SeededRandom(77)
  context.hasHash = true
  return Array.from({ length: count }, () => {
    context.hashHigh = hashes.uint32()
    context.hashLow = hashes.uint32()
    return balancer.chooseHost(context)
  })
}

function emptyGivesNone({ balancer }: TestBalancer): void {
  const context = new PlainContext()
  check(balancer.chooseHost(context) === undefined, 'a host before any update')
  balancer.update({ levels: [] })
  check(balancer.chooseHost(context) === undefined, 'a host of no level')
  balancer.update(prioritiesOf([], []))
  check(balancer.chooseHost(context) === undefined, 'a host of an empty level')
  check(balancer.explain?.(context).chosen === undefined, 'an explained host of an empty level')
}

function onlyHost({ balancer }: TestBalancer): void {
  const hosts = testHosts(1)
  balancer.update(prioritiesOf(hosts))
  check(
    picks(balancer, 20).every((host) => host === hosts[0]),
    'something other than the only host',
  )
}

function healthyOnly({ balancer }: TestBalancer): void {
  const hosts = testHosts([{}, {}, {}, {}, { health: 'unhealthy' }])
  balancer.update(prioritiesOf(hosts))
  const seen = new Set(picks(balancer))
  check(!seen.has(hosts[4]), 'an unhealthy host was picked')
  check(seen.size === 4, `${seen.size} of 4 healthy hosts were picked`)
}

function failover({ balancer }: TestBalancer): void {
  const [down, up] = [testHosts([{ health: 'unhealthy' }, { health: 'unhealthy' }]), testHosts(2, 90)]
  balancer.update(prioritiesOf(down, up))
  check(
    picks(balancer).every((host) => up.includes(host as never)),
    'a pick outside the healthy level',
  )
}

function panic({ balancer, stats }: TestBalancer): void {
  const hosts = testHosts([{}, { health: 'unhealthy' }, { health: 'unhealthy' }, { health: 'unhealthy' }])
  balancer.update(prioritiesOf(hosts))
  check(new Set(picks(balancer)).size === 4, 'not every host was used in panic')
  check(stats.counter('cluster.test.lb_healthy_panic').value >= PICKS, 'lb_healthy_panic did not count')
  for (const host of hosts) host.healthFlags = 0
  balancer.update(prioritiesOf(hosts.slice(0, 2)))
  check(new Set(picks(balancer)).size === 2, 'panic did not end')
}

function forgets({ balancer }: TestBalancer): void {
  const hosts = testHosts(5)
  balancer.update(prioritiesOf(hosts))
  picks(balancer, 7)
  balancer.update(prioritiesOf(hosts.slice(3)))
  check(
    picks(balancer).every((host) => hosts.indexOf(host as never) >= 3),
    'a host was picked that had left',
  )
  balancer.update(prioritiesOf(hosts))
  check(new Set(picks(balancer)).size === 5, 'a host that came back is not picked')
}

function rejects({ balancer }: TestBalancer): void {
  balancer.update(prioritiesOf(testHosts(3)))
  const context = new PlainContext()
  let asked = 0
  context.rejects = () => ++asked > 0
  context.hostSelectionRetries = 4
  check(balancer.chooseHost(context) !== undefined, 'no host although the last one must be used anyway')
  check(asked === 4, `asked ${asked} times instead of 4`)
}

function repeatable(a: TestBalancer, b: TestBalancer): void {
  for (const { balancer } of [a, b]) balancer.update(prioritiesOf(testHosts([{ weight: 3 }, {}, { weight: 2 }])))
  const [one, two] = [picks(a.balancer), picks(b.balancer)].map((list) => list.map((host) => host?.port).join())
  check(one === two, 'equal seeds gave unequal picks')
}

function extremes({ balancer, time }: TestBalancer): void {
  const many = testHosts(Array.from({ length: 1000 }, (_, i) => ({ weight: 1 + (i % 7), port: 1000 + i })))
  balancer.update(prioritiesOf(many))
  check(
    picks(balancer).every((host) => host !== undefined),
    'no host among a thousand',
  )
  balancer.update(prioritiesOf(...Array.from({ length: 129 }, (_, i) => testHosts(1, 1000 + i))))
  // A policy may take over large changes in slices.
  time.advance(0)
  check(
    picks(balancer).every((host) => host?.port === 1000),
    'not the first of 129 levels',
  )
  const heavy = testHosts([{ weight: 0xffffffff }, { weight: 1 }, { weight: 0 }])
  balancer.update(prioritiesOf(heavy))
  check(
    picks(balancer).every((host) => host !== undefined),
    'no host beside a very heavy one',
  )
}

function fourHosts(): PrioritySet {
  return prioritiesOf(testHosts([{ weight: 2 }, {}, { health: 'unhealthy' }, {}]))
}

function explains(a: TestBalancer, b: TestBalancer): void {
  for (const { balancer } of [a, b]) balancer.update(fourHosts())
  const context = new PlainContext()
  if (a.balancer.explain === undefined) throw new Error('no explain')
  const story = a.balancer.explain(context)
  check(story.policy !== '' && story.steps.length > 0, 'an explanation without words')
  check(
    story.candidates.some((host) => host.excluded !== undefined),
    'the unhealthy host is not shown as excluded',
  )
  check(
    story.candidates.filter((host) => host.excluded === undefined).length === 3,
    'candidates are not the healthy hosts',
  )
  const [one, two] = [picks(a.balancer, 20), picks(b.balancer, 20)].map((list) => list.map((host) => host?.port).join())
  check(one === two, 'explaining changed what is picked next')
}
