import { quoted } from '@nuncio/matching'
import type { Cluster } from '../../view/config-view.ts'
import { hostCount } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const panicUnreachable: LintRule = {
  code: 'panic-unreachable',
  severity: 'warning',
  title: 'A panic threshold that can never be reached.',
  why: 'A cluster panics (and uses all hosts, healthy or not) when fewer than `healthy_panic_threshold` percent of its hosts are healthy. Only health checks, outlier detection, EDS and the `health_status` of endpoints make hosts unhealthy; without them, or when outlier detection may not eject that many, the threshold says nothing.',
  check({ view, say }) {
    for (const [name, cluster] of view.clusters) {
      const threshold = cluster.common_lb_config?.healthy_panic_threshold?.value
      if (
        threshold === undefined ||
        threshold <= 0 ||
        (cluster.health_checks?.length ?? 0) > 0 ||
        cluster.type === 'EDS' ||
        // Such a cluster has its hosts, and how they are, from elsewhere.
        cluster.cluster_type !== undefined ||
        saysUnwell(cluster)
      )
        continue
      const least = leastHealthyPercent(cluster)
      if (least === undefined || least < threshold) continue
      const why =
        cluster.outlier_detection === undefined
          ? 'nothing ever makes a host unhealthy'
          : `outlier detection leaves at least ${Math.round(least)} % healthy`
      say(
        cluster.common_lb_config!,
        'healthy_panic_threshold',
        `cluster ${quoted(name)}: the panic threshold of ${threshold} % is never reached, because ${why}`,
      )
    }
  },
}

const WELL: ReadonlySet<string> = new Set(['UNKNOWN', 'HEALTHY', 'DEGRADED'])

/** Whether the file itself says of an endpoint that it is not well. */
function saysUnwell({ load_assignment: assignment }: Cluster): boolean {
  const endpoints = assignment?.endpoints?.flatMap((group) => group.lb_endpoints ?? []) ?? []
  return endpoints.some(({ health_status: status = 'UNKNOWN' }) => !WELL.has(status))
}

/** The least share of hosts that outlier detection leaves; undefined when the number of hosts is not known. */
function leastHealthyPercent(cluster: Cluster): number | undefined {
  const outlier = cluster.outlier_detection
  if (outlier === undefined) return 100
  const hosts = hostCount(cluster)
  if (hosts === undefined || hosts === 0) return undefined
  const allowed = Math.floor((hosts * Math.min(100, outlier.max_ejection_percent ?? 10)) / 100)
  const ejected = outlier.always_eject_one_host === true ? Math.max(1, allowed) : allowed
  return (100 * (hosts - ejected)) / hosts
}
