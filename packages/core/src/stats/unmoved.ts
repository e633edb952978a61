import type { StatsScope } from './stats.ts'

/**
 * Makes statistics that Envoy has and that cannot move here, so that whoever looks for them finds 0. Each has its reason in
 * `docs/statistics.md`, of which a test holds `StatsStore.unmoved` to be the same.
 */
export function unmoved(scope: StatsScope, counters: readonly string[], gauges: readonly string[] = []): void {
  for (const name of counters) scope.store.unmoved.add(scope.counter(name).name)
  for (const name of gauges) scope.store.unmoved.add(scope.gauge(name).name)
}
