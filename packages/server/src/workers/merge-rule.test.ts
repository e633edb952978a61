import { expect, test } from 'vitest'
import { mergeRule } from './merge-rule.ts'

test.each([
  'http.main.downstream_rq_active',
  'cluster.app.upstream_cx_active',
  'cluster.app.upstream_rq_pending_active',
  'cluster.app.circuit_breakers.default.remaining_rq',
  'listener.127.0.0.1_80.downstream_cx_active',
  'server.memory_allocated',
  'server.total_connections',
  'tcp.t.downstream_cx_rx_bytes_buffered',
])('%s is summed', (name) => expect(mergeRule(name)).toBe('sum'))

test.each([
  'server.state',
  'server.live',
  'server.uptime',
  'server.reload_success',
  'listener_manager.listener_added',
  'cluster_manager.active_clusters',
  'listener_manager.total_listeners_active',
  'cluster.app.membership_healthy',
  'cluster.app.circuit_breakers.default.rq_open',
  'cluster.app.outlier_detection.ejections_active',
  'overload.heap.pressure',
  'runtime.num_keys',
])('%s is the same for all', (name) => expect(mergeRule(name)).toBe('max'))
