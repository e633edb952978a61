import { quoted } from '@nuncio/matching'
import { hostCount } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const outlierNeverEjects: LintRule = {
  code: 'outlier-never-ejects',
  severity: 'warning',
  title: 'Outlier detection that can never eject a host.',
  why: 'A host is ejected only while no more than `max_ejection_percent` of all hosts would be out, and that is 10 % unless given: with fewer than ten hosts even the first ejection is too much. Raise it, or set `always_eject_one_host`.',
  check({ view, say }) {
    for (const [name, cluster] of view.clusters) {
      const outlier = cluster.outlier_detection
      if (outlier === undefined || outlier.always_eject_one_host === true) continue
      const hosts = hostCount(cluster)
      const percent = outlier.max_ejection_percent ?? 10
      if (percent === 0)
        say(
          outlier,
          'max_ejection_percent',
          `cluster ${quoted(name)}: with max_ejection_percent 0 no host is ever ejected`,
        )
      else if (hosts !== undefined && hosts > 0 && 100 / hosts > percent) {
        const least = Math.ceil(100 / hosts)
        const given = outlier.max_ejection_percent === undefined ? ', the default' : ''
        const message = `cluster ${quoted(name)}: one of ${hosts} hosts is ${least} %, more than max_ejection_percent ${percent}${given}, so no host is ever ejected`
        say(
          outlier,
          outlier.max_ejection_percent === undefined ? undefined : 'max_ejection_percent',
          message,
          `set max_ejection_percent to ${least} or more, or always_eject_one_host: true`,
        )
      }
    }
  },
}
