import { type Counter, type Gauge, type StatsStore, unmoved } from '@nuncio/core'

/** What may become of a listener, in the words of its counter. */
type ListenerEvent =
  | 'added'
  | 'modified'
  | 'removed'
  | 'stopped'
  | 'in_place_updated'
  | 'create_success'
  | 'create_failure'

/** Handles to `listener_manager.*`. */
export class ListenerManagerStats {
  /** `listener_<event>` */
  readonly events: Readonly<Record<ListenerEvent, Counter>>
  readonly active: Gauge
  /** Made, and waiting for what they need (secrets, clusters) before they listen. */
  readonly warming: Gauge
  readonly draining: Gauge
  readonly filterChainsDraining: Gauge
  readonly workersStarted: Gauge

  constructor(stats: StatsStore) {
    const scope = stats.scope('listener_manager.')
    const event = (name: ListenerEvent): Counter => scope.counter(`listener_${name}`)
    this.events = {
      added: event('added'),
      modified: event('modified'),
      removed: event('removed'),
      stopped: event('stopped'),
      in_place_updated: event('in_place_updated'),
      create_success: event('create_success'),
      create_failure: event('create_failure'),
    }
    this.active = scope.gauge('total_listeners_active')
    this.warming = scope.gauge('total_listeners_warming')
    this.draining = scope.gauge('total_listeners_draining')
    this.filterChainsDraining = scope.gauge('total_filter_chains_draining')
    this.workersStarted = scope.gauge('workers_started')
    unmoved(scope, [], ['workers_pinned'])
  }
}
