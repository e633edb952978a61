import type { Reporting } from '@nuncio/cluster'
import type { ConfigPlace } from '@nuncio/matching'

/** A place in the form that `describeAssignment` wants: findings about the cluster's load assignment. */
export function reporting(place: ConfigPlace): Reporting {
  const at = place.at('load_assignment')
  return { report: place.scope.report, sources: place.scope.sources, path: at.path }
}
