import type { Counter, StatsScope } from '@nuncio/core'

/** The router filter's part of `http.<stat_prefix>.`. */
export class RouterStats {
  readonly noRoute: Counter
  readonly noCluster: Counter
  readonly redirect: Counter
  readonly directResponse: Counter
  readonly total: Counter
  readonly resetAfterResponseStarted: Counter
  readonly overloadLocalReply: Counter
  readonly internalRedirect: Readonly<
    Record<'bad_location' | 'unsafe_scheme' | 'too_many_redirects' | 'no_route' | 'predicate', Counter>
  >

  constructor(scope: StatsScope) {
    this.noRoute = scope.counter('no_route')
    this.noCluster = scope.counter('no_cluster')
    this.redirect = scope.counter('rq_redirect')
    this.directResponse = scope.counter('rq_direct_response')
    this.total = scope.counter('rq_total')
    this.resetAfterResponseStarted = scope.counter('rq_reset_after_downstream_response_started')
    this.overloadLocalReply = scope.counter('rq_overload_local_reply')
    const passthrough = (reason: string): Counter => scope.counter(`passthrough_internal_redirect_${reason}`)
    this.internalRedirect = {
      bad_location: passthrough('bad_location'),
      unsafe_scheme: passthrough('unsafe_scheme'),
      too_many_redirects: passthrough('too_many_redirects'),
      no_route: passthrough('no_route'),
      predicate: passthrough('predicate'),
    }
  }
}
