import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import { HostSlots } from './host-slots.ts'
import { SCORE_SCHEMA, type ScoreConfig } from './messages.ts'
import { ScoreLoadBalancer } from './score-load-balancer.ts'
import type { ScoreShared } from './score-picker.ts'
import { createTerms } from './score-terms.ts'
import { ScoreWeights } from './score-weights.ts'
import type { PickClock } from './term.ts'

/** The score f(host) = Σ weight · g(host): round robin, weighted and least request are special cases of it. */
export const score: LoadBalancerDefinition<ScoreConfig> = {
  name: 'nuncio.load_balancing_policies.score',
  config: SCORE_SCHEMA,
  stability: 'alpha',
  create(config, setup) {
    const seed = setup.random.uint32()
    const shared = decideShared(config, setup, seed)
    if (shared === undefined) return undefined
    const rescaleMs = Math.max(1, config.rescale_interval ?? 100)
    return new ScoreLoadBalancer(setup, shared, { seed, rescaleMs, locality: config.locality_lb_config })
  },
}

function decideShared(config: ScoreConfig, setup: LoadBalancerSetup, seed: number): ScoreShared | undefined {
  const clock: PickClock = { nowMs: setup.time.monotonicMs() }
  const terms = createTerms(config, setup, seed, clock)
  if (terms.length === 0) return undefined
  const choices = config.choice_count ?? 2
  if (choices < 2)
    reportAt(setup, config, 'choice_count', { code: 'out-of-range', message: 'choice_count is at least 2' })
  const temperature = config.temperature ?? 1
  if (!(temperature > 0))
    reportAt(setup, config, 'temperature', { code: 'out-of-range', message: 'temperature is above 0' })
  const hosts = terms.flatMap((term) => term.hosts ?? [])
  return {
    terms,
    clock,
    slots: new HostSlots(hosts),
    time: setup.time,
    random: setup.random,
    pick: config.pick ?? 'P2C',
    choices: Math.max(2, choices),
    temperature: temperature > 0 ? temperature : 1,
    sign: config.prefer === 'HIGHEST' ? -1 : 1,
    usesTime: hosts.some((term) => term.usesTime === true),
    weights: new ScoreWeights(terms, setup.runtime, setup.cluster.name),
  }
}
