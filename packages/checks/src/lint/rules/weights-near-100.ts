import { routesIn } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const weightsNear100: LintRule = {
  code: 'weights-near-100',
  severity: 'info',
  title: 'Weights that almost add up to 100.',
  why: 'Weights need not add up to anything, each is a share of their sum. When the sum is close to 100, percentages were meant and one of them was not adjusted.',
  check({ view, say }) {
    for (const { route } of routesIn(view)) {
      const weighted = route.route?.weighted_clusters
      if (weighted === undefined || weighted.total_weight !== undefined) continue
      const sum = (weighted.clusters ?? []).reduce((total, { weight = 0 }) => total + weight, 0)
      if (sum !== 100 && sum >= 90 && sum <= 110)
        say(weighted, 'clusters', `the weights add up to ${sum}, not to 100: no weight is a percentage`)
    }
  },
}
