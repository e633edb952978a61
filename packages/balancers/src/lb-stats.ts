import type { Counter, StatsScope } from '@nuncio/core'
import { SubsetStats } from './subset/subset-stats.ts'

/** Counters of `cluster.<name>.lb_*`. */
export class LbStats {
  readonly healthyPanic: Counter
  readonly recalculateZoneStructures: Counter
  readonly zoneClusterTooSmall: Counter
  readonly zoneRoutingAllDirectly: Counter
  readonly zoneRoutingSampled: Counter
  readonly zoneRoutingCrossZone: Counter
  readonly zoneNoCapacityLeft: Counter
  readonly localClusterNotOk: Counter

  constructor(scope: StatsScope) {
    this.healthyPanic = scope.counter('lb_healthy_panic')
    this.recalculateZoneStructures = scope.counter('lb_recalculate_zone_structures')
    this.zoneClusterTooSmall = scope.counter('lb_zone_cluster_too_small')
    this.zoneRoutingAllDirectly = scope.counter('lb_zone_routing_all_directly')
    this.zoneRoutingSampled = scope.counter('lb_zone_routing_sampled')
    this.zoneRoutingCrossZone = scope.counter('lb_zone_routing_cross_zone')
    this.zoneNoCapacityLeft = scope.counter('lb_zone_no_capacity_left')
    this.localClusterNotOk = scope.counter('lb_local_cluster_not_ok')
    // Zeros where there are no subsets.
    void new SubsetStats(scope)
  }
}
