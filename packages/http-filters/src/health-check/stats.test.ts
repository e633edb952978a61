import { StatsStore } from '@nuncio/core'
import { expect, test } from 'vitest'
import { HealthCheckStats } from './stats.ts'

test('answers are counted by how they came out, and by what decided', () => {
  const store = new StatsStore()
  const stats = new HealthCheckStats(store.scope('http.h.'))
  stats.answered(true, 'health_check_ok', false)
  stats.answered(true, 'health_check_cached', true)
  stats.answered(false, 'health_check_failed_no_cluster_found', false)
  stats.answered(false, 'health_check_failed_cluster_empty', false)
  stats.answered(false, 'health_check_failed_cluster_unhealthy', false)
  stats.answered(false, 'health_check_failed', false)
  const all = [...store.counters.values()].map(
    ({ name, value }) => `${name.replace('http.h.health_check.', '')} ${value}`,
  )
  expect(all.toSorted()).toEqual([
    'cached_response 1', 'degraded 1', 'failed 4', 'failed_cluster_empty 1', 'failed_cluster_not_found 1',
    'failed_cluster_unhealthy 1', 'ok 2', 'request_total 6',
  ]) // prettier-ignore
})
