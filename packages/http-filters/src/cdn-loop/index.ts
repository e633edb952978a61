import { envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type HttpFilter,
  type HttpFilterDefinition,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { isCdnId, occurrences } from './cdn-info.ts'
import { cdnLoopHonours } from './honours.ts'

const TYPE = 'envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig'
type Config = Message<typeof TYPE>

/** Keeps no state of a stream: one object serves all. */
class CdnLoopFilter implements HttpFilter {
  readonly #id: string
  readonly #allowed: number

  constructor(config: Config, context: FilterContext) {
    const { cdn_id: id = '', max_allowed_occurrences: allowed = 0 } = config
    if (!isCdnId(id)) {
      const place = configPlace(config, context).at('cdn_id')
      place.error(
        'bad-value',
        `${JSON.stringify(id)} is not the id of a CDN`,
        'a host, with a port or without, or a word',
      )
    }
    this.#id = id
    this.#allowed = allowed
  }

  onRequestHeaders(headers: RequestHeaders): Verdict {
    const given = headers.getJoined('cdn-loop') ?? ''
    const count = occurrences(given, this.#id)
    if (count < 0) return localReply(400, 'invalid_cdn_loop_header', { body: 'Invalid CDN-Loop header in request.' })
    if (count > this.#allowed)
      return localReply(502, 'cdn_loop_detected', { body: 'The server has detected a loop between CDNs.' })
    headers.set('cdn-loop', given === '' ? this.#id : `${given},${this.#id}`)
  }
}

/** `envoy.filters.http.cdn_loop`: names this CDN in `CDN-Loop`, and ends requests that were here too often (RFC 8586). */
export const cdnLoop: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.cdn_loop',
  config: envoyMessage(TYPE, cdnLoopHonours),
  stability: 'alpha',
  create: (config, context) => {
    const filter = new CdnLoopFilter(config, context)
    return () => filter
  },
}
