import { routesIn } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const totalWeightIgnored: LintRule = {
  code: 'total-weight-ignored',
  severity: 'warning',
  title: 'A total_weight that is not the sum of the weights.',
  why: '`total_weight` is read and ignored: shares are weights over their sum. When the two differ, the shares are not those that were meant.',
  check({ view, say }) {
    for (const { route } of routesIn(view)) {
      const weighted = route.route?.weighted_clusters
      if (weighted?.total_weight === undefined) continue
      const sum = (weighted.clusters ?? []).reduce((total, { weight = 0 }) => total + weight, 0)
      if (sum !== weighted.total_weight)
        say(
          weighted,
          'total_weight',
          `total_weight ${weighted.total_weight} is ignored: the weights add up to ${sum}, and shares are of that`,
          'correct the weights and leave total_weight out',
        )
    }
  },
}
