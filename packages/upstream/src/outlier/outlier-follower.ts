import {
  type ClusterHost,
  type Host,
  OutlierDetector,
  type OutlierEvent,
  OutlierInfo,
  readMonitors,
  type OutlierView,
} from '@nuncio/cluster'
import type { TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { ClusterFactory } from '../cluster/create-cluster.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'

/** Outlier detection of one living cluster: what it finds moves hosts, and is written to the event log. */
export class OutlierFollower {
  readonly detector: OutlierDetector
  readonly #time: TimeSource

  constructor(detector: OutlierDetector, time: TimeSource) {
    this.detector = detector
    this.#time = time
  }

  /** When an ejected host may come back, by the wall clock; undefined: it is not ejected. */
  ejectedUntilWallMs(host: Host): number | undefined {
    const until = this.detector.ejectedUntilMs(host)
    return until === undefined ? undefined : this.#time.wallMs() + until - this.#time.monotonicMs()
  }

  /** What `/clusters` shows of the cluster, percent; -1 = not known. */
  summary(): OutlierView {
    const { externalRates, localRates } = this.detector
    return {
      successRateAverage: externalRates.mean,
      successRateThreshold: externalRates.threshold,
      localOriginSuccessRateAverage: localRates.mean,
      localOriginSuccessRateThreshold: localRates.threshold,
    }
  }

  /** What it shows of a host. */
  rates(host: ClusterHost): { readonly successRate: number; readonly localOriginSuccessRate: number } {
    const monitor = this.detector.monitorOf(host)
    return { successRate: monitor?.externalRate ?? -1, localOriginSuccessRate: monitor?.localRate ?? -1 }
  }

  close(): void {
    this.detector.dispose()
  }
}

/** Outlier detection as a cluster's configuration wants it; undefined when it wants none. */
export function createOutlierFollower(
  cluster: LiveCluster,
  place: ConfigPlace,
  factory: ClusterFactory,
): OutlierFollower | undefined {
  const config = cluster.info.config.outlier_detection
  if (config === undefined) return undefined
  const at = place.at('outlier_detection', config)
  const to = { report: at.scope.report, sources: at.scope.sources, path: at.path }
  const path = factory.options.bootstrap?.cluster_manager?.outlier_detection?.event_log_path ?? ''
  const onEvent = (event: OutlierEvent): void => factory.eventLogs.write(path, event)
  const { time, random } = factory.options
  return new OutlierFollower(
    new OutlierDetector(new OutlierInfo(config, factory.runtime, to), {
      clusterName: cluster.info.name,
      monitors: readMonitors(config, to),
      time,
      random,
      stats: cluster.info.stats.scope,
      onChanged: (host) => cluster.hostsMoved([host]),
      ...(path !== '' && { onEvent }),
    }),
    time,
  )
}
