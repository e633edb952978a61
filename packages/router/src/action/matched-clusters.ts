import { isMessage, type Message } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import {
  compileMatchTree,
  type ConfigPlace,
  HTTP_INPUTS,
  type HttpMatchData,
  httpMatchData,
  type MatchTree,
  quoted,
  setHttpMatchData,
} from '@nuncio/matching'
import type { ForwardEntry } from './forward-route.ts'
import type { RouteSelector } from './route-entry.ts'

type Config = Message<'envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier'>

const data: HttpMatchData = httpMatchData()

/** A route whose cluster a match tree picks. Without a match the cluster's name is empty: a cluster that is not there. */
export class MatchedEntries implements RouteSelector {
  readonly entries: readonly ForwardEntry[]
  readonly #tree: MatchTree<HttpMatchData, ForwardEntry>
  readonly #none: ForwardEntry

  constructor(config: Config, make: (cluster: string) => ForwardEntry, place: ConfigPlace) {
    const byName = new Map<string, ForwardEntry>()
    this.#none = make('')
    this.#tree = compileMatchTree(config.cluster_matcher ?? {}, place.at('cluster_matcher', config.cluster_matcher), {
      inputs: HTTP_INPUTS,
      action: (any, _, at) => {
        if (!isMessage(any, 'envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction')) {
          at.error('unsupported', `the action ${quoted(any['@type'])} is no ClusterAction`)
          return undefined
        }
        const name = any.cluster ?? ''
        const entry = byName.get(name) ?? make(name)
        byName.set(name, entry)
        return entry
      },
    })
    this.entries = [...byName.values()]
  }

  select(headers: RequestHeaders, info: StreamInfo | undefined): ForwardEntry {
    setHttpMatchData(data, headers, info)
    const entry = this.#tree.match(data) ?? this.#none
    setHttpMatchData(data, undefined, undefined)
    return entry
  }
}
