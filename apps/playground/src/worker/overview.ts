import type { ConfigView } from '@nuncio/checks'
import type { Problem } from '@nuncio/config'
import { clusterSummaries } from './cluster-summaries.ts'
import { mapOf } from './map-of.ts'
import type { Overview } from './protocol.ts'
import { suggestedUrl } from './suggested-url.ts'

/** What a configuration consists of, with what was found marked on it. */
export function overviewOf(view: ConfigView, problems: readonly Problem[]): Overview {
  return { map: mapOf(view, problems), clusters: clusterSummaries(view), url: suggestedUrl(view) }
}
