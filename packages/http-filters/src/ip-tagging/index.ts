import { envoyMessage, type Message } from '@nuncio/config'
import type { Counter, RequestHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { type ConfigPlace, configPlace, RuntimeFraction } from '@nuncio/matching'
import { ipTaggingHonours } from './honours.ts'
import { compileTags, TagTable } from './tags.ts'
import { tagsOfFile } from './tag-file.ts'

type Config = Message<'envoy.extensions.filters.http.ip_tagging.v3.IPTagging'>

const ENABLED = { runtime_key: 'ip_tagging.http_filter_enabled', default_value: { numerator: 100 } }

const NO_TAGS = new TagTable(new Map())

/** Keeps no state of a stream: one object serves all. */
class IpTaggingFilter implements HttpFilter {
  readonly #context: FilterContext
  #tags = NO_TAGS
  readonly #type: NonNullable<Config['request_type']>
  readonly #header: string
  /** What came with the request under the header's name goes. */
  readonly #sanitizes: boolean
  readonly #enabled: RuntimeFraction
  readonly #total: Counter
  readonly #noHit: Counter
  readonly #hits = new Map<string, Counter>()

  constructor(config: Config, context: FilterContext) {
    const { header = 'x-envoy-ip-tags', action = 'SANITIZE' } = config.ip_tag_header ?? {}
    this.#context = context
    this.#load(config, configPlace(config, context))
    this.#type = config.request_type ?? 'BOTH'
    this.#header = header.toLowerCase()
    // The default header was cleared of external requests already, and several of these filters may add to it.
    this.#sanitizes = config.ip_tag_header !== undefined && action === 'SANITIZE'
    this.#enabled = new RuntimeFraction(ENABLED, context.runtime)
    this.#total = context.stats.counter('ip_tagging.total')
    this.#noHit = context.stats.counter('ip_tagging.no_hit')
  }

  #load(config: Config, place: ConfigPlace): void {
    const { ip_tags: tags = [], ip_tags_datasource: source } = config
    if (tags.length > 0 === (source !== undefined))
      place.error('rule', 'tags come from either ip_tags or ip_tags_datasource', 'set one of the two')
    if (source === undefined) this.#tags = compileTags(tags, place)
    else tagsOfFile(source, place.at('ip_tags_datasource', source), this.#context, (read) => (this.#tags = read))
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): void {
    const internal = headers.get('x-envoy-internal') === 'true'
    if (this.#type !== 'BOTH' && internal !== (this.#type === 'INTERNAL')) return
    if (!this.#enabled.selects(stream.random)) return
    this.#total.inc()
    const tags = this.#tags.of(stream.info.remote.address)
    if (tags.length === 0) {
      this.#noHit.inc()
      if (this.#sanitizes && headers.remove(this.#header)) stream.clearRouteCache()
      return
    }
    const text = tags.join(',')
    const before = this.#sanitizes ? undefined : headers.getJoined(this.#header)
    headers.set(this.#header, before === undefined ? text : `${before},${text}`)
    // Routes may match on the header.
    stream.clearRouteCache()
    for (const tag of tags) this.#hit(tag).inc()
  }

  #hit(tag: string): Counter {
    let counter = this.#hits.get(tag)
    if (counter === undefined) this.#hits.set(tag, (counter = this.#context.stats.counter(`ip_tagging.${tag}.hit`)))
    return counter
  }
}

/** `envoy.filters.http.ip_tagging`: names the networks that a client belongs to, in a header. */
export const ipTagging: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.ip_tagging',
  config: envoyMessage('envoy.extensions.filters.http.ip_tagging.v3.IPTagging', ipTaggingHonours),
  stability: 'stable',
  create: (config, context) => {
    const filter = new IpTaggingFilter(config, context)
    return () => filter
  },
}
