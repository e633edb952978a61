import { type Counter, type StatsScope, unmoved } from '@nuncio/core'

/** Envoy's `http1.*`: what all HTTP/1 connections of the listeners, or of a cluster, have in common. */
export class Http1Stats {
  readonly droppedHeadersWithUnderscores: Counter
  readonly rejectedForUnderscores: Counter

  /** `scope` ends in `http1.` */
  constructor(scope: StatsScope) {
    this.droppedHeadersWithUnderscores = scope.counter('dropped_headers_with_underscores')
    this.rejectedForUnderscores = scope.counter('requests_rejected_with_underscores_in_headers')
    unmoved(scope, ['metadata_not_supported_error', 'response_flood'])
  }
}
