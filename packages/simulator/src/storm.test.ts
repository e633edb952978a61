import { describe, expect, test } from 'vitest'
import { simulate } from './simulation.ts'
import { planOf } from './testing/plans.ts'

const ROUTE = "retry_policy: { retry_on: '5xx', num_retries: 3 }"
const BUDGET = 'retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 }'
const EJECTING = 'outlier_detection: { max_ejection_percent: 100 }'
const STORM = { from: 5, to: 15 }
const RPS = 500

/** All hosts answer 503 for ten seconds in the middle of twenty-five. */
function storm(cluster: string) {
  const report = simulate(
    planOf({
      hosts: 8,
      rps: RPS,
      seconds: 25,
      route: ROUTE,
      cluster,
      incidents: [`fail * ${STORM.from}s-${STORM.to}s 503`],
      service: { meanMs: 5, spread: 'exponential', workers: 64 },
    }),
  )
  const { stepMs, requests, retries, failed } = report.series
  const during = (series: readonly number[], fromS: number, toS: number): number =>
    series.slice((fromS * 1000) / stepMs, (toS * 1000) / stepMs).reduce((sum, count) => sum + count, 0)
  return {
    report,
    requests: during(requests, STORM.from, STORM.to),
    retries: during(retries, STORM.from, STORM.to),
    failedLater: during(failed, STORM.to + 1, 25),
  }
}

describe('a retry storm: all hosts answer 503 for ten seconds', () => {
  test('a budget keeps the retries to a fifth of what is under way and three beside', () => {
    const { requests, retries } = storm(`circuit_breakers: { thresholds: [{ ${BUDGET} }] }`)
    // Three retries may always run at once; each waits 12 ms on average before its first try and then takes 6 ms.
    expect(retries).toBeLessThan(requests * 0.2 + (10 * 3 * 1000) / 18)
    expect(retries).toBeGreaterThan(0)
  })

  test('without one every request is tried as often as the policy says', () => {
    const { requests, retries } = storm('circuit_breakers: { thresholds: [{ max_retries: 100000 }] }')
    expect(retries / requests).toBeGreaterThan(2.8)
  })

  test('nothing fails any more a second after the hosts are well, even when all of them are ejected', () => {
    for (const cluster of ['', EJECTING]) {
      const { report, failedLater } = storm(`circuit_breakers: { thresholds: [{ ${BUDGET} }] }\n${cluster}`)
      expect(failedLater).toBe(0)
      expect(report.ejections > 0).toBe(cluster === EJECTING)
    }
  })
})
