import { type Host, type LoadReport, PlainContext } from '@nuncio/cluster'
import { levelOf, prioritiesOf, type TestHost, testHosts } from '@nuncio/cluster/testing'
import { type RandomGenerator, SeededRandom } from '@nuncio/core'
import { FakeRuntime, ScriptedRandom } from '@nuncio/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scoreOf } from '../policy/create-load-balancer.ts'
import {
  balancerFor,
  type BalancerOptions,
  conformanceCases,
  hashContext,
  type TestBalancer,
  typedPolicy,
} from '../testing/index.ts'
import type { ScoreConfig } from './messages.ts'
import type { ScoreTermDefinition } from './term.ts'

const NAME = 'nuncio.load_balancing_policies.score'

function scoreBalancer(config: ScoreConfig, options: BalancerOptions = {}): TestBalancer {
  const typed_config = { '@type': `${NAME}.v1.Score`, ...config }
  const policies = [{ typed_extension_config: { name: NAME, typed_config } }]
  return balancerFor({ ...options, config: { load_balancing_policy: { policies } } })
}

const term = (name: string, fields: object = {}) => ({ name, ...fields })
const plain = new PlainContext()

/** The table of terms as plain numbers, rounded. */
function table(test: TestBalancer, context = plain): number[][] {
  return scoreOf(test.balancer)!
    .table(context)
    .map((row) => Object.values(row.values).map((value) => Math.round(value * 1000) / 1000))
}

describe.each(['P2C', 'BEST', 'SOFTMAX'] as const)('a score that picks by %s', (pick) => {
  const make = (options: BalancerOptions) =>
    scoreBalancer({ pick, terms: [term('active_requests'), term('inverse_weight')] }, options)
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())
})

/** Follows two balancers through the same life: picks, requests that end, weights and members that change. */
function sameLife(a: TestBalancer, b: TestBalancer, life: readonly number[], weighted: boolean): void {
  const worlds = [a, b].map((test) => ({
    test,
    hosts: testHosts(Array.from({ length: 9 }, (_, i) => ({ weight: weighted ? 1 + ((i * 7) % 4) : 1 }))),
  }))
  for (const { test, hosts } of worlds) test.update(hosts.slice(0, 6))
  for (const [step, choice] of life.entries()) {
    const picks = worlds.map(({ test, hosts }) => {
      if (choice % 11 === 0) test.update(hosts.slice(choice % 4, 4 + (choice % 6)))
      if (weighted && choice % 13 === 0) hosts[choice % 9]!.weight = 1 + (choice % 5)
      hosts[choice % 9]!.stats.rqActive = choice % 5
      const host = test.balancer.chooseHost(plain)
      if (host !== undefined && choice % 3 === 0) host.stats.rqActive++
      return host?.port
    })
    expect(picks[1], `step ${step}`).toBe(picks[0])
  }
}

const lives = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 150 })
const seeds = fc.integer({ min: 0, max: 0xffffffff })

describe('a score with one term of weight 1 is exactly', () => {
  const turns: ScoreConfig = { pick: 'BEST', terms: [term('turn')] }

  it.each([false, true])('round robin, with weights that differ: %s', (weighted) => {
    fc.assert(
      fc.property(lives, seeds, (life, seed) => {
        const random = (): RandomGenerator => ({ uint32: () => seed })
        sameLife(balancerFor({ random: random() }), scoreBalancer(turns, { random: random() }), life, weighted)
      }),
      { seed: 11, numRuns: 60 },
    )
  })

  it.each([2, 5])('least request among %i drawn hosts', (choice_count) => {
    fc.assert(
      fc.property(lives, seeds, (life, seed) => {
        const least = balancerFor({
          random: new SeededRandom(seed),
          config: { lb_policy: 'LEAST_REQUEST', least_request_lb_config: { choice_count } },
        })
        const score = scoreBalancer(
          { choice_count, terms: [term('active_requests')] },
          { random: new SeededRandom(seed) },
        )
        sameLife(least, score, life, false)
      }),
      { seed: 12, numRuns: 60 },
    )
  })

  it('least request among all hosts', () => {
    fc.assert(
      fc.property(lives, seeds, (life, seed) => {
        const full = typedPolicy('least_request.v3.LeastRequest', { selection_method: 'FULL_SCAN' })
        const least = balancerFor({ random: new SeededRandom(seed), config: full })
        const score = scoreBalancer(
          { pick: 'BEST', terms: [term('active_requests')] },
          { random: new SeededRandom(seed) },
        )
        sameLife(least, score, life, false)
      }),
      { seed: 13, numRuns: 60 },
    )
  })

  it('weighted round robin by the known numbers', () => {
    const { update, ports } = scoreBalancer(turns)
    update(testHosts([{ weight: 1 }, { weight: 2 }]))
    expect(ports(6)).toEqual([81, 80, 81, 81, 80, 81])
    update(testHosts([{ weight: 2 }, { weight: 1 }, { weight: 3 }]))
    expect(ports(12)).toEqual([82, 80, 82, 81, 80, 82, 82, 80, 82, 81, 80, 82])
  })
})

describe('how a score picks', () => {
  it('sums terms by weight; the lowest wins, or the highest', () => {
    const terms = [term('active_requests', { weight: 2 }), term('pending_requests', { weight: -0.5 })]
    const hosts = testHosts([{ active: 3 }, { active: 2 }, { active: 1 }])
    hosts[1]!.stats.rqPending = 40
    const low = scoreBalancer({ pick: 'BEST', terms })
    low.update(hosts)
    expect(low.ports(2)).toEqual([81, 81])
    const high = scoreBalancer({ pick: 'BEST', prefer: 'HIGHEST', terms })
    high.update(hosts)
    expect(high.ports(2)).toEqual([80, 80])
  })

  it('splits ties by chance, or by turn when that is a term', () => {
    const random = new ScriptedRandom([0, 1, 1, 0, 2])
    const chance = scoreBalancer({ pick: 'BEST', terms: [term('active_requests')] }, { random })
    chance.update(testHosts(3))
    expect(chance.ports(2)).toEqual([80, 81])
    const turns = scoreBalancer({ pick: 'BEST', terms: [term('active_requests'), term('turn', { weight: 0 })] })
    turns.update(testHosts(3))
    expect(turns.ports(4)).toEqual([80, 81, 82, 80])
  })

  it('draws in proportion to exp(−score ÷ temperature)', () => {
    const { update, ports } = scoreBalancer(
      { pick: 'SOFTMAX', temperature: 2, terms: [term('active_requests')] },
      { random: new SeededRandom(3) },
    )
    update(testHosts([{ active: 0 }, { active: 2 }, { active: 4 }]))
    const got = ports(30_000)
    const shares = [80, 81, 82].map((port) => got.filter((other) => other === port).length / got.length)
    const parts = [1, Math.exp(-1), Math.exp(-2)]
    const sum = parts.reduce((a, b) => a + b)
    for (const [i, share] of shares.entries()) expect(Math.abs(share - parts[i]! / sum)).toBeLessThan(0.01)
  })

  it('survives scores that are infinite or no numbers', () => {
    const odd: ScoreTermDefinition = {
      name: 'odd',
      description: '',
      create: () => ({
        measure: (host, _slot, _context, out) =>
          void (out[0] = [Number.NaN, Number.POSITIVE_INFINITY, 1][host.port - 80]!),
      }),
    }
    for (const pick of ['BEST', 'P2C', 'SOFTMAX'] as const) {
      const { update, ports } = scoreBalancer(
        { pick, terms: [term('odd')] },
        { scoreTerms: [odd], random: new SeededRandom(1) },
      )
      update(testHosts(3))
      expect(ports(50).every((port) => port >= 80)).toBe(true)
    }
  })

  it('goes by locality weights and zones like other policies', () => {
    const { update, ports } = scoreBalancer({
      pick: 'BEST',
      terms: [term('active_requests')],
      locality_lb_config: { locality_weighted_lb_config: {} },
    })
    update(levelOf(testHosts([{ zone: 'a', active: 9 }, { zone: 'b' }]), { localityWeights: { a: 1, b: 2 } }))
    expect(ports(6)).toEqual([81, 80, 81, 81, 80, 81])
  })
})

describe('normalizers', () => {
  const values = (normalizer: string, fields: object = {}) => {
    const test = scoreBalancer({ terms: [term('active_requests', { normalizer, ...fields })] })
    test.update(testHosts([{ active: 2 }, { active: 4 }, { active: 10 }]))
    return table(test).flat()
  }

  it.each([
    ['NONE', {}, [2, 4, 10]],
    ['MAX', {}, [0.2, 0.4, 1]],
    ['MIN_MAX', {}, [0, 0.25, 1]],
    ['SATURATE', { scale: 4 }, [0.333, 0.5, 0.714]],
    ['LOG', {}, [1.099, 1.609, 2.398]],
  ])('%s with %j', (normalizer, fields, expected) => expect(values(normalizer, fields)).toEqual(expected))

  it('look at the range again and again, and not at all once disposed', () => {
    const test = scoreBalancer({ rescale_interval: 50, terms: [term('active_requests', { normalizer: 'MAX' })] })
    const hosts = testHosts([{ active: 2 }, { active: 4 }])
    test.update(hosts)
    hosts[0]!.stats.rqActive = 8
    expect(table(test).flat()).toEqual([2, 1])
    test.time.advance(50)
    expect(table(test).flat()).toEqual([1, 0.5])
    test.balancer.dispose!()
    expect(test.time.pending).toBe(0)
  })
})

describe('terms', () => {
  function one(
    name: string,
    fields: object = {},
    hosts: readonly TestHost[] = [{}, {}],
    options: BalancerOptions = {},
  ) {
    const test = scoreBalancer({ terms: [term(name, fields)] }, options)
    const list = testHosts(hosts)
    test.update(list)
    return { test, hosts: list, values: (context = plain) => table(test, context).flat() }
  }

  it('read the counts of a host', () => {
    for (const [name, field] of [
      ['active_requests', 'rqActive'],
      ['active_connections', 'cxActive'],
      ['pending_requests', 'rqPending'],
      ['outstanding_tokens', 'outstandingCost'],
      ['outstanding_cost', 'outstandingCost'],
    ] as const) {
      const { hosts, values } = one(name)
      hosts[1]!.stats[field] = 7
      expect(values()).toEqual([0, 7])
    }
  })

  it('inverse_weight', () => expect(one('inverse_weight', {}, [{ weight: 4 }, {}]).values()).toEqual([0.25, 1]))

  it('latency_ewma rises at once, falls slowly, fades, and starts with the average', () => {
    const { test, hosts, values } = one('latency_ewma', { decay: 1000 }, [{}, {}, {}])
    const done = (host: Host, latency: number) => test.balancer.onRequestDone!(host, latency, true)
    done(hosts[0]!, 100)
    expect(values()).toEqual([100, 100, 100])
    test.time.advance(1000)
    done(hosts[1]!, 500)
    const usual = 100 * Math.exp(-1) + 500 * (1 - Math.exp(-1))
    expect(values()).toEqual([36.788, 500, Math.round(usual * 1000) / 1000])
    test.time.advance(1000)
    done(hosts[1]!, 100)
    expect(values()[1]).toBeCloseTo(500 * Math.exp(-1) + 100 * (1 - Math.exp(-1)), 2)
    done(hosts[0]!, 900)
    expect(values()[0]).toBe(900)
    done(hosts[0]!, -1)
    expect(values()[0]).toBe(900)
  })

  it('latency_ewma times active requests', () => {
    const { test, hosts, values } = one('latency_ewma', { times_active: true })
    for (const host of hosts) test.balancer.onRequestDone!(host, 10, true)
    hosts[1]!.stats.rqActive = 4
    expect(values()).toEqual([10, 50])
  })

  it('error_rate counts failures against requests, and forgets', () => {
    const { test, hosts, values } = one('error_rate', { decay: 1000 })
    for (let i = 0; i < 9; i++) test.balancer.onRequestDone!(hosts[0]!, 1, i % 3 !== 0)
    expect(values()).toEqual([0.3, 0])
    test.time.advance(5000)
    expect(values()[0]).toBeLessThan(0.03)
  })

  it('utilization is what a host reports, for a while', () => {
    const { test, hosts, values } = one('utilization', { expiration: 5000 })
    test.balancer.onLoadReport!(hosts[1]!, {
      cpuUtilization: 0.7,
      applicationUtilization: 0,
      namedMetrics: {},
      utilization: {},
      requestCost: {},
    } as LoadReport)
    expect(values()).toEqual([0, 0.7])
    test.time.advance(5001)
    expect(values()).toEqual([0, 0])
    const named = one('utilization', { metric_names: ['named_metrics.queue'] })
    named.test.balancer.onLoadReport!(named.hosts[0]!, { cpuUtilization: 0.7, namedMetrics: { queue: 3 } } as never)
    expect(named.values()).toEqual([3, 0])
  })

  it('locality_distance grows from sub-zone to region', () => {
    const at = (region: string, zone: string, subZone: string) => ({ locality: { region, zone, subZone } })
    const places = [at('r', 'z', 's'), at('r', 'z', 'x'), at('r', 'x', 's'), at('x', 'z', 's')]
    const values = one('locality_distance', {}, places, { ownLocality: places[0]!.locality }).values()
    expect(values.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
    expect(one('locality_distance', {}, places).values()).toEqual([0, 0, 0, 0])
  })

  it('affinity keeps a key with its host, and moves only what it must when one leaves', () => {
    const test = scoreBalancer({ pick: 'BEST', terms: [term('affinity')] })
    const hosts = testHosts(8)
    test.update(hosts)
    const home = (i: number) => test.ports(1, hashContext((BigInt(i) * 0x9e3779b97f4a7c15n) & ((1n << 64n) - 1n)))[0]!
    const before = Array.from({ length: 4000 }, (_, i) => home(i))
    for (const port of new Set(before))
      expect(Math.abs(before.filter((other) => other === port).length - 500)).toBeLessThan(90)
    test.update(hosts.slice(0, 7))
    for (let i = 0; i < 4000; i++) if (before[i] !== 87) expect(home(i)).toBe(before[i])
    expect(
      table(test)
        .flat()
        .every((value) => value === 0),
    ).toBe(true)
  })

  it('affinity yields to load when load weighs enough', () => {
    const test = scoreBalancer({ pick: 'BEST', terms: [term('affinity'), term('active_requests', { weight: 0.25 })] })
    const hosts = testHosts(4)
    test.update(hosts)
    const context = hashContext(0xabcdef0123456789n)
    const [home] = test.ports(1, context)
    hosts.find((host) => host.port === home)!.stats.rqActive = 5
    expect(test.ports(1, context)).not.toEqual([home])
  })

  it("may be one's own", () => {
    const price: ScoreTermDefinition = {
      name: 'price',
      description: 'what an hour of the host costs',
      create: ({ parameters }) => ({
        measure: (host, _slot, _context, out) =>
          void (out[0] = (parameters as Record<string, number>)[host.address] ?? 0),
      }),
    }
    const test = scoreBalancer(
      { pick: 'BEST', terms: [term('price', { parameters: { '127.0.0.1:80': 3, '127.0.0.1:81': 1 } })] },
      { scoreTerms: [price] },
    )
    test.update(testHosts(2))
    expect(test.ports(2)).toEqual([81, 81])
  })

  it("forget a host that left: its slot may be another's", () => {
    const { test, hosts, values } = one('error_rate')
    test.balancer.onRequestDone!(hosts[0]!, 1, false)
    expect(values()).toEqual([0.5, 0])
    const fresh = testHosts(2, 90)
    test.update(fresh)
    expect(values()).toEqual([0, 0])
    test.balancer.onRequestDone!(hosts[0]!, 1, false)
    expect(values()).toEqual([0, 0])
  })
})

describe('a running score', () => {
  it('takes new weights from the next pick on', () => {
    const test = scoreBalancer({
      pick: 'BEST',
      terms: [term('active_requests'), term('pending_requests', { weight: 0 })],
    })
    const hosts = testHosts([{ active: 1 }, { active: 2 }])
    hosts[0]!.stats.rqPending = 5
    test.update(hosts)
    expect(test.ports(1)).toEqual([80])
    const score = scoreOf(test.balancer)!
    score.setWeights({ pending_requests: 3 })
    expect(test.ports(1)).toEqual([81])
    expect(score.weights).toMatchObject({
      active_requests: { weight: 1 },
      pending_requests: { weight: 3, from: 'set' },
    })
  })

  it('follows the runtime, but for weights that were set', () => {
    const runtime = new FakeRuntime()
    const terms = [term('active_requests'), term('pending_requests', { weight: 0 })]
    const test = scoreBalancer({ pick: 'BEST', terms }, { runtime })
    const hosts = testHosts([{ active: 1 }, { active: 2 }])
    hosts[0]!.stats.rqPending = 5
    test.update(hosts)
    expect(test.ports(1)).toEqual([80])
    runtime.set('score.test.pending_requests.weight', 3)
    expect(test.ports(1)).toEqual([81])
    const score = scoreOf(test.balancer)!
    score.setWeights({ pending_requests: 0 })
    runtime.set('score.test.pending_requests.weight', 4)
    expect(test.ports(1)).toEqual([80])
    score.setWeights({ pending_requests: undefined })
    expect(score.weights['pending_requests']).toEqual({
      weight: 4,
      from: 'runtime',
      runtimeKey: 'score.test.pending_requests.weight',
    })
  })

  it('refuses weights that make no sense, and changes nothing then', () => {
    const score = scoreOf(scoreBalancer({ terms: [term('turn')] }).balancer)!
    for (const weights of [{ turn: 2, other: 1 }, { turn: Number.NaN }]) {
      expect(() => score.setWeights(weights)).toThrow(expect.objectContaining({ code: 'ERR_NUNCIO_SCORE_TERM' }))
    }
    expect(score.weights).toMatchObject({ turn: { weight: 1, from: 'configuration' } })
    expect(scoreOf(balancerFor().balancer)).toBeUndefined()
  })

  it('shows a table of terms whose weighted sum is the score', () => {
    const terms = [
      term('active_requests', { weight: 2 }),
      term('latency_ewma', { weight: 0.5, normalizer: 'SATURATE', scale: 20 }),
      term('turn', { weight: 0.1 }),
    ]
    const test = scoreBalancer({ pick: 'BEST', terms }, { random: new SeededRandom(8) })
    const hosts = testHosts([{ active: 2 }, { active: 1, weight: 3 }, { weight: 2 }])
    test.update(prioritiesOf(hosts).levels[0]!)
    for (const [i, host] of hosts.entries()) test.balancer.onRequestDone!(host, 10 * i, true)
    for (let i = 0; i < 20; i++) {
      const story = test.balancer.explain!(plain)
      const weights: Record<string, number> = { active_requests: 2, latency_ewma: 0.5, turn: 0.1 }
      for (const { terms: values, score } of story.candidates) {
        const sum = Object.entries(values!).reduce((total, [name, value]) => total + weights[name]! * value, 0)
        expect(sum).toBeCloseTo(score!, 9)
      }
      const lowest = story.candidates.toSorted((a, b) => a.score! - b.score!)[0]!.host
      expect(story.chosen).toBe(lowest)
      expect(`127.0.0.1:${test.ports(1)[0]}`).toBe(lowest)
    }
    expect(test.balancer.explain!(plain).steps).toContain(
      'score = 2 × active_requests + 0.5 × latency_ewma + 0.1 × turn',
    )
  })

  it.each([
    [{}, 'missing-field', 'terms'],
    [{ terms: [term('nonsense'), term('turn')] }, 'unknown-value', 'terms[0].name'],
    [{ terms: [term('turn'), term('turn')] }, 'duplicate-name', 'terms[1].name'],
    [
      { terms: [term('turn'), term('active_requests', { weight: Number.POSITIVE_INFINITY })] },
      'bad-value',
      'terms[1].weight',
    ],
    [{ choice_count: 1, terms: [term('turn')] }, 'out-of-range', 'choice_count'],
    [{ temperature: 0, terms: [term('turn')] }, 'out-of-range', 'temperature'],
  ])('reports what is wrong with %j', (config, code, path) => {
    const { problems } = scoreBalancer(config)
    expect(problems[0]).toMatchObject({ code, path })
  })
})
