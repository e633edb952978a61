import { isMessage } from '@nuncio/config'
import { reportAt, type Reporting } from '../decide/problems.ts'
import type { OutlierConfig } from './info.ts'

const TYPE = 'envoy.extensions.outlier_detection_monitors.consecutive_errors.v3.ConsecutiveErrors'

/** A configured monitor: so many errors of one's own choosing in a row. */
export interface ConsecutiveErrors {
  readonly name: string
  readonly threshold: number
  /** Percent. */
  readonly enforcing: number
  readonly localOrigin: boolean
  /** Status codes, ends included. */
  readonly ranges: readonly (readonly [number, number])[]
}

/** Reads `monitors`; a monitor that is not known is reported and left out. */
export function readMonitors(config: OutlierConfig, to: Reporting): ConsecutiveErrors[] {
  return (config.monitors ?? []).flatMap((entry, i) => {
    const typed = entry.typed_config
    if (!isMessage(typed, TYPE)) {
      const message = `outlier detection knows no monitor of type ${typed?.['@type'] ?? 'none'}`
      reportAt(to, config, `monitors[${i}]`, { code: 'unsupported', message })
      return []
    }
    return [
      {
        name: typed.name ?? entry.name ?? '',
        threshold: typed.threshold ?? 3,
        enforcing: typed.enforcing ?? 100,
        localOrigin: (typed.error_buckets?.local_origin_errors?.length ?? 0) > 0,
        ranges: (typed.error_buckets?.http_errors ?? []).map(
          ({ range }) => [range?.start ?? 0, range?.end ?? 0] as const,
        ),
      },
    ]
  })
}

/** Whether a status code is one of the errors; undefined when the monitor does not look at codes. */
export function isHttpError(monitor: ConsecutiveErrors, status: number): boolean | undefined {
  if (monitor.ranges.length === 0) return undefined
  for (const [start, end] of monitor.ranges) if (status >= start && status <= end) return true
  return false
}
