import { type Counter, type StatsStore, unmoved } from '@nuncio/core'

/** Envoy's `http.async-client.*`: requests of the proxy itself. They follow no route, so that most of it stands still. */
export class SideCallStats {
  readonly total: Counter
  readonly noCluster: Counter

  constructor(stats: StatsStore) {
    const scope = stats.scope('http.async-client.')
    this.total = scope.counter('rq_total')
    this.noCluster = scope.counter('no_cluster')
    unmoved(scope, UNMOVED)
  }
}

const UNMOVED = [
  'no_route',
  'passthrough_internal_redirect_bad_location',
  'passthrough_internal_redirect_no_route',
  'passthrough_internal_redirect_predicate',
  'passthrough_internal_redirect_too_many_redirects',
  'passthrough_internal_redirect_unsafe_scheme',
  'rq_direct_response',
  'rq_overload_local_reply',
  'rq_redirect',
  'rq_reset_after_downstream_response_started',
]
