import { HealthFlag } from '../contracts/host.ts'
import type { EjectionType } from './events.ts'
import type { HostMonitor } from './host-monitor.ts'
import type { OutlierInfo } from './info.ts'
import { successRateThreshold } from './success-rate.ts'

/** The mean success rate of a cluster and the rate below which a host is an outlier; percent, -1 = not enough requests. */
export interface RateVerdict {
  readonly mean: number
  readonly threshold: number
}

type Found = (monitor: HostMonitor, type: EjectionType, verdict: RateVerdict) => void

/** Compares the hosts' success rates over the last interval; `found` is told of each that stands out. */
export function judgeSuccessRates(
  all: Iterable<HostMonitor>,
  origin: 'external' | 'local',
  info: OutlierInfo,
  found: Found,
): RateVerdict {
  const forRate = info.number('success_rate_request_volume')
  const forPercentage = info.number('failure_percentage_request_volume')
  const judged: { readonly monitor: HostMonitor; readonly rate: number; readonly volume: number }[] = []
  for (const monitor of all) {
    const { percent: rate, volume } = monitor[origin]
    if ((monitor.host.healthFlags & HealthFlag.failedOutlier) !== 0 || volume === 0) continue
    if (volume >= Math.min(forRate, forPercentage)) {
      if (origin === 'external') monitor.externalRate = rate
      else monitor.localRate = rate
    }
    judged.push({ monitor, rate, volume })
  }
  const verdict = byStandardDeviation(
    judged.filter(({ volume }) => volume >= forRate),
    origin,
    info,
    found,
  )
  const candidates = judged.filter(({ volume }) => volume >= forPercentage)
  if (candidates.length === 0 || candidates.length < info.number('failure_percentage_minimum_hosts')) return verdict
  const most = info.number('failure_percentage_threshold')
  for (const { monitor, rate } of candidates) {
    if (100 - rate >= most)
      found(monitor, origin === 'external' ? 'FAILURE_PERCENTAGE' : 'FAILURE_PERCENTAGE_LOCAL_ORIGIN', verdict)
  }
  return verdict
}

function byStandardDeviation(
  candidates: readonly { readonly monitor: HostMonitor; readonly rate: number }[],
  origin: 'external' | 'local',
  info: OutlierInfo,
  found: Found,
): RateVerdict {
  if (candidates.length === 0 || candidates.length < info.number('success_rate_minimum_hosts'))
    return { mean: -1, threshold: -1 }
  const factor = info.number('success_rate_stdev_factor') / 1000
  const verdict = successRateThreshold(
    candidates.map(({ rate }) => rate),
    factor,
  )
  for (const { monitor, rate } of candidates) {
    if (rate < verdict.threshold)
      found(monitor, origin === 'external' ? 'SUCCESS_RATE' : 'SUCCESS_RATE_LOCAL_ORIGIN', verdict)
  }
  return verdict
}
