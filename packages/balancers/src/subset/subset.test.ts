import { PlainContext } from '@nuncio/cluster'
import { levelOf, prioritiesOf, testHosts } from '@nuncio/cluster/testing'
import { describe, expect, it } from 'vitest'
import { balancerFor, type BalancerOptions, conformanceCases, typedPolicy } from '../testing/index.ts'

type Fields = Readonly<Record<string, unknown>>

const inner = typedPolicy('round_robin.v3.RoundRobin').load_balancing_policy
const typed = (fields: object) =>
  balancerFor({ config: typedPolicy('subset.v3.Subset', { subset_lb_policy: inner, ...fields }) })
const legacy = (fields: object) => balancerFor({ config: { lb_subset_config: fields } })

function asking(metadataMatch?: Fields): PlainContext {
  const context = new PlainContext()
  context.metadataMatch = metadataMatch
  return context
}

/** Hosts with this `envoy.lb` metadata, on ports 81, 82, … */
function hostsWith(...list: (Fields | undefined)[]) {
  return testHosts(
    list.map((fields) => (fields === undefined ? {} : { metadata: { 'envoy.lb': fields } })),
    81,
  )
}

/** The ports of a few picks, each once. */
function reached(test: ReturnType<typeof typed>, fields?: Fields): number[] {
  return [...new Set(test.ports(12, asking(fields)))].toSorted((a, b) => a - b)
}

const FOUR = [
  { v: '1.0', stage: 'prod' },
  { v: '1.0', stage: 'prod' },
  { v: '1.1', stage: 'canary' },
  { v: '1.2-pre', stage: 'dev' },
]
const SELECTORS = {
  subset_selectors: [{ keys: ['v', 'stage'] }, { keys: ['stage'], fallback_policy: 'NO_FALLBACK' }],
  fallback_policy: 'DEFAULT_SUBSET',
  default_subset: { stage: 'prod' },
}

describe('subset conformance', () => {
  const any = { subset_selectors: [{ keys: ['v'] }], fallback_policy: 'ANY_ENDPOINT', subset_lb_policy: inner }
  const make = (options: BalancerOptions) => balancerFor({ ...options, config: typedPolicy('subset.v3.Subset', any) })
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())
})

describe.each([
  ['subset policy', typed],
  ['lb_subset_config', legacy],
])('%s', (_, make) => {
  it.each([
    [{ stage: 'canary' }, [83]],
    [{ v: '1.2-pre', stage: 'dev' }, [84]],
    [{ v: '1.0' }, [81, 82]],
    [{ other: 'x' }, [81, 82]],
    [undefined, [81, 82]],
    [{ stage: 'test' }, [-1]],
    [{ v: '9', stage: 'prod' }, [81, 82]],
  ])('takes a request for %j to %j', (fields, ports) => {
    const test = make(SELECTORS)
    test.update(hostsWith(...FOUR))
    expect(test.problems).toEqual([])
    expect(reached(test, fields)).toEqual(ports)
  })

  it('compares values deeply', () => {
    const test = make({ subset_selectors: [{ keys: ['a'] }] })
    test.update(hostsWith({ a: { x: [1, 2], y: null } }, { a: [1] }, { a: 1 }, { a: '1' }, { a: true }))
    expect(reached(test, { a: { y: null, x: [1, 2] } })).toEqual([81])
    expect(reached(test, { a: [1] })).toEqual([82])
    expect(reached(test, { a: 1 })).toEqual([83])
    expect(reached(test, { a: '1' })).toEqual([84])
    expect(reached(test, { a: true })).toEqual([85])
    expect(reached(test, { a: 'x' })).toEqual([-1])
  })

  it('counts each item of a list with list_as_any', () => {
    const test = make({ subset_selectors: [{ keys: ['a', 'b'] }], list_as_any: true })
    test.update(hostsWith({ a: ['x', 'y'], b: [1, 2] }, { a: 'y', b: 2 }))
    expect(reached(test, { a: 'y', b: 2 })).toEqual([81, 82])
    expect(reached(test, { a: 'x', b: 1 })).toEqual([81])
    expect(reached(test, { a: 'x', b: 3 })).toEqual([-1])
  })

  it('falls back to fewer keys with KEYS_SUBSET', () => {
    const test = make({
      subset_selectors: [
        { keys: ['v', 'stage'], fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['stage'] },
        { keys: ['stage'], fallback_policy: 'ANY_ENDPOINT' },
      ],
    })
    test.update(hostsWith(...FOUR))
    expect(reached(test, { v: '7', stage: 'canary' })).toEqual([83])
    expect(reached(test, { v: '7', stage: 'none' })).toEqual([81, 82, 83, 84])
  })

  it('tries the criteria of a fallback list one after the other', () => {
    const test = make({
      subset_selectors: [{ keys: ['stage'] }, { keys: ['v', 'stage'] }],
      metadata_fallback_policy: 'FALLBACK_LIST',
    })
    test.update(hostsWith(...FOUR))
    expect(reached(test, { fallback_list: [{ stage: 'none' }, { stage: 'dev' }] })).toEqual([84])
    expect(reached(test, { v: '1.1', fallback_list: [{ stage: 'prod' }, { stage: 'canary' }] })).toEqual([83])
    expect(reached(test, { fallback_list: [{ stage: 'none' }] })).toEqual([-1])
    expect(reached(test, { stage: 'dev', fallback_list: [] })).toEqual([84])
  })

  it('goes to any host as the last resort with panic_mode_any', () => {
    const test = make({ ...SELECTORS, default_subset: { stage: 'none' }, panic_mode_any: true })
    test.update(hostsWith(...FOUR))
    expect(reached(test)).toEqual([81, 82, 83, 84])
    expect(test.stats.counter('cluster.test.lb_subsets_fallback_panic').value).toBe(12)
    const story = test.balancer.explain!(asking({ v: 'x' }))
    expect(story.steps[1]).toBe('the fallback has no host: all hosts, for panic_mode_any')
    expect(story.chosen).toBe(`127.0.0.1:${test.ports(1, asking({ v: 'x' }))[0]!}`)
  })

  it('has a panic of its own in each subset', () => {
    const test = make({ subset_selectors: [{ keys: ['v'] }] })
    const hosts = hostsWith({ v: 'a' }, { v: 'a' }, { v: 'b' }, { v: 'b' })
    hosts[0]!.healthFlags = 1
    hosts[1]!.healthFlags = 1
    test.update(hosts)
    expect(reached(test, { v: 'a' })).toEqual([81, 82])
    expect(test.stats.counter('cluster.test.lb_healthy_panic').value).toBe(12)
    expect(reached(test, { v: 'b' })).toEqual([83, 84])
  })

  it('makes, keeps and removes subsets as hosts come and go', () => {
    const test = make({ subset_selectors: [{ keys: ['v'] }] })
    const hosts = hostsWith({ v: 'a' }, { v: 'a' }, { v: 'b' })
    test.update(hosts)
    expect(test.ports(1, asking({ v: 'a' }))).toEqual([81])
    test.update(hosts.slice(0, 2))
    expect(test.ports(2, asking({ v: 'a' }))).toEqual([82, 81])
    expect(reached(test, { v: 'b' })).toEqual([-1])
    test.update(hosts)
    expect(reached(test, { v: 'b' })).toEqual([83])
    const value = (name: string) => test.stats.counter(`cluster.test.lb_subsets_${name}`).value
    expect([value('created'), value('removed'), test.stats.gauge('cluster.test.lb_subsets_active').value]).toEqual([
      3, 1, 2,
    ])
    expect(value('selected')).toBe(15)
    test.balancer.dispose!()
    expect(test.stats.gauge('cluster.test.lb_subsets_active').value).toBe(0)
  })

  it('keeps one host of each subset with single_host_per_subset', () => {
    const test = make({ subset_selectors: [{ keys: ['id'], single_host_per_subset: true }] })
    test.update(hostsWith({ id: 1 }, { id: 2 }, { id: 2 }))
    expect(reached(test, { id: 2 })).toEqual([82])
    expect(test.stats.gauge('cluster.test.lb_subsets_single_host_per_subset_duplicate').value).toBe(1)
  })

  it('spreads over priorities within a subset', () => {
    const test = make({ subset_selectors: [{ keys: ['v'] }] })
    const [first, second] = [hostsWith({ v: 'a' }), hostsWith({ v: 'a' }, { v: 'b' }).map((host) => host)]
    const later = testHosts(2, 91).map((host, i) => {
      host.metadata = second[i]!.metadata
      return host
    })
    test.updateTo(prioritiesOf(first, later))
    expect(reached(test, { v: 'a' })).toEqual([81])
    expect(reached(test, { v: 'b' })).toEqual([92])
  })

  it('explains the subset and why there is none', () => {
    const test = make(SELECTORS)
    test.update(hostsWith(...FOUR))
    const story = test.balancer.explain!(asking({ stage: 'canary' }))
    expect(story.chosen).toBe('127.0.0.1:83')
    expect(story.steps[0]).toBe('criteria stage="canary": subset stage="canary"')
    expect(story.candidates.find((host) => host.host === '127.0.0.1:81')?.excluded).toBe('not in the subset')
    const none = test.balancer.explain!(asking({ stage: 'test' }))
    expect(none.steps).toEqual(['criteria stage="test": no subset has these values; its fallback NO_FALLBACK'])
    expect(test.balancer.explain!(asking({ x: 1 })).steps[0]).toBe(
      "criteria x=1: no selector has these keys; the cluster's fallback DEFAULT_SUBSET",
    )
  })

  it.each([
    [{ keys: [] }, 'keys'],
    [{ keys: ['a', 'b'], single_host_per_subset: true }, 'single_host_per_subset'],
    [{ keys: ['a'], fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['a'] }, 'fallback_keys_subset'],
    [{ keys: ['a', 'b'], fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['c'] }, 'fallback_keys_subset'],
    [{ keys: ['a'], fallback_keys_subset: ['a'] }, 'fallback_keys_subset'],
  ])('refuses the selector %j', (selector, field) => {
    const { problems } = make({ subset_selectors: [selector] })
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
      ['bad-value', `subset_selectors[0].${field}`],
    ])
  })
})

describe('only in the typed policy', () => {
  it('drops keys that no selector needs with allow_redundant_keys, the longest selector first', () => {
    const test = typed({
      subset_selectors: [{ keys: ['stage'] }, { keys: ['stage', 'v'] }],
      allow_redundant_keys: true,
    })
    test.update(hostsWith(...FOUR))
    expect(reached(test, { stage: 'canary', extra: 1 })).toEqual([83])
    expect(reached(test, { stage: 'prod', v: '1.0', extra: 1 })).toEqual([81, 82])
    expect(reached(test, { stage: 'prod', v: '1.1', extra: 1 })).toEqual([-1])
  })

  it.each([
    [{ locality_weight_aware: true }, 4],
    [{ locality_weight_aware: true, scale_locality_weight: true }, 6],
    [{}, 6],
  ])('follows locality weights with %j', (fields, inB) => {
    const weighted = typedPolicy('round_robin.v3.RoundRobin', {
      locality_lb_config: { locality_weighted_lb_config: {} },
    })
    const test = balancerFor({
      config: typedPolicy('subset.v3.Subset', {
        subset_lb_policy: weighted.load_balancing_policy,
        subset_selectors: [{ keys: ['v'] }],
        ...fields,
      }),
    })
    // In the subset: one of two hosts of zone a, one of one of zone b; weights 2 and 1.
    const metadata = { 'envoy.lb': { v: 1 } }
    const hosts = testHosts([{ zone: 'a', metadata }, { zone: 'a' }, { zone: 'b', metadata }])
    test.update(levelOf(hosts, { localityWeights: { a: 2, b: 1 } }))
    expect(test.ports(12, asking({ v: 1 })).filter((port) => port === 82)).toHaveLength(inB)
  })

  it('passes on what a learning policy wants to know to the subsets of the host', () => {
    const policies = [
      {
        typed_extension_config: {
          name: 's',
          typed_config: {
            '@type': 'nuncio.load_balancing_policies.score.v1.Score',
            pick: 'BEST',
            terms: [{ name: 'latency_ewma' }],
          },
        },
      },
    ]
    const test = typed({
      subset_lb_policy: { policies },
      subset_selectors: [{ keys: ['v'] }],
      fallback_policy: 'ANY_ENDPOINT',
    })
    const hosts = hostsWith({ v: 'a' }, { v: 'a' }, { v: 'b' })
    test.update(hosts)
    for (const [i, host] of hosts.entries()) test.balancer.onRequestDone!(host, 100 - 10 * i, true)
    expect(reached(test, { v: 'a' })).toEqual([82])
    expect(reached(test)).toEqual([83])
  })

  it('forgets levels that are gone', () => {
    const test = typed({ subset_selectors: [{ keys: ['v'] }] })
    const [first, second] = [hostsWith({ v: 'a' }), hostsWith({ v: 'b' })]
    test.updateTo(prioritiesOf(first, second))
    expect(reached(test, { v: 'b' })).toEqual([81])
    test.updateTo(prioritiesOf(first))
    expect(reached(test, { v: 'b' })).toEqual([-1])
  })

  it('stands on a policy that can be made', () => {
    expect(typed({ subset_lb_policy: undefined }).problems.map((problem) => problem.code)).toEqual([
      'unknown-policy',
      'unknown-policy',
    ])
  })
})
