import { envoyMessage, type JsonObject, type Message } from '@nuncio/config'
import type { Counter, RequestHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { setMetadataHonours } from './honours.ts'
import { merged } from './merge.ts'

type Config = Message<'envoy.extensions.filters.http.set_metadata.v3.Config'>

interface Entry {
  readonly namespace: string
  readonly value: JsonObject
  readonly overwrites: boolean
}

/** Keeps no state of a stream: one object serves all. */
class SetMetadataFilter implements HttpFilter {
  readonly #entries: readonly Entry[]
  readonly #denied: Counter

  constructor(entries: readonly Entry[], denied: Counter) {
    this.#entries = entries
    this.#denied = denied
  }

  onRequestHeaders(_headers: RequestHeaders, { info }: FilterStream): void {
    for (const { namespace, value, overwrites } of this.#entries) {
      const old = info.metadata?.get(namespace)
      if (old === undefined) info.setMetadata(namespace, value)
      else if (overwrites) info.setMetadata(namespace, merged(old as JsonObject, value))
      else this.#denied.inc()
    }
  }
}

function createSetMetadata(config: Config, context: FilterContext): () => HttpFilter {
  const entries = (config.metadata ?? []).map((entry): Entry => ({
    namespace: entry.metadata_namespace ?? '',
    value: entry.value ?? {},
    overwrites: entry.allow_overwrite === true,
  }))
  // The deprecated form always overwrites.
  if (config.metadata_namespace)
    entries.unshift({ namespace: config.metadata_namespace, value: config.value ?? {}, overwrites: true })
  const filter = new SetMetadataFilter(entries, context.stats.counter('set_metadata.overwrite_denied'))
  return () => filter
}

/** `envoy.filters.http.set_metadata`: writes fixed dynamic metadata onto each request. */
export const setMetadata: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.set_metadata',
  config: envoyMessage('envoy.extensions.filters.http.set_metadata.v3.Config', setMetadataHonours),
  stability: 'stable',
  create: createSetMetadata,
}
