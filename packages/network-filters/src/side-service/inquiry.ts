import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { AbortSignalLike } from '@nuncio/filter-chain'
import type { NetworkConnection } from '@nuncio/listener'
import { noteMetadata, whileConnected } from './call-parts.ts'

/** What filters that ask a service about connections count alike. */
export class InquiryStats {
  readonly total: Counter
  readonly ok: Counter
  readonly error: Counter
  readonly failureModeAllowed: Counter
  readonly closed: Counter
  readonly active: Gauge

  constructor(scope: StatsScope) {
    this.total = scope.counter('total')
    this.ok = scope.counter('ok')
    this.error = scope.counter('error')
    this.failureModeAllowed = scope.counter('failure_mode_allowed')
    this.closed = scope.counter('cx_closed')
    this.active = scope.gauge('active')
  }
}

interface Answer {
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Asks a service about a connection, counts that, and notes what the answer says in a namespace of the connection's
 * metadata. The signal aborts when the client goes.
 */
export async function inquire<A extends Answer>(
  connection: NetworkConnection,
  namespace: string,
  stats: InquiryStats,
  ask: (signal: AbortSignalLike) => Promise<A>,
): Promise<A> {
  stats.total.inc()
  stats.active.inc()
  const answer = await whileConnected(connection, ask)
  stats.active.dec()
  noteMetadata(connection, namespace, answer.metadata)
  return answer
}
