import { quoted } from '@nuncio/matching'
import { clusterNamesOf, retryPolicyOf, routesIn } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const retryWithoutBudget: LintRule = {
  code: 'retry-without-budget',
  severity: 'info',
  title: 'Retries to a cluster without a retry budget.',
  why: 'When an upstream fails, retries multiply the load on it. `max_retries` (3 unless given) limits them to a fixed number, whatever the load; a `retry_budget` in `circuit_breakers.thresholds` limits them to a share of the active requests, so they neither starve a busy cluster nor flood a failing one.',
  check({ view, say }) {
    const seen = new Set<string>()
    for (const place of routesIn(view)) {
      const policy = retryPolicyOf(place)
      if (policy === undefined || (policy.num_retries ?? 1) === 0) continue
      for (const { name } of clusterNamesOf(place.route.route!)) {
        const cluster = view.clusters.get(name)
        if (cluster === undefined || seen.has(name)) continue
        seen.add(name)
        const thresholds = cluster.circuit_breakers?.thresholds ?? []
        if (thresholds.some((threshold) => threshold.retry_budget !== undefined)) continue
        say(
          cluster,
          thresholds.length > 0 ? 'circuit_breakers' : 'name',
          `requests to cluster ${quoted(name)} are retried, and it has no retry_budget`,
          'add circuit_breakers: { thresholds: [{ retry_budget: {} }] } for 20 % of the active requests',
        )
      }
    }
  },
}
