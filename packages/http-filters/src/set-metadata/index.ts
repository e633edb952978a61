import { type AnyMessage, envoyMessage, type JsonObject, type Message } from '@nuncio/config'
import type { Counter, RequestHeaders, StreamInfo } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { setMetadataHonours } from './honours.ts'
import { merged } from './merge.ts'

const TYPE = 'envoy.extensions.filters.http.set_metadata.v3.Config'
type Config = Message<typeof TYPE>

interface Entry {
  readonly namespace: string
  /** Undefined: there are no fields. */
  readonly value: JsonObject | undefined
  readonly typed: AnyMessage | undefined
  readonly overwrites: boolean
}

type Context = FilterContext<readonly Entry[]>

/** Keeps no state of a stream: one object serves all. */
class SetMetadataFilter implements HttpFilter {
  readonly #entries: readonly Entry[]
  readonly #context: Context
  readonly #denied: Counter

  constructor(entries: readonly Entry[], context: Context) {
    this.#entries = entries
    this.#context = context
    this.#denied = context.stats.counter('set_metadata.overwrite_denied')
  }

  onRequestHeaders(_headers: RequestHeaders, stream: FilterStream): void {
    this.#set(this.#entries, stream.info)
    const nearest = this.#context.routeConfig(stream)
    if (nearest !== undefined) this.#set(nearest, stream.info)
  }

  #set(entries: readonly Entry[], info: StreamInfo): void {
    for (const { namespace, value, typed, overwrites } of entries) {
      if (value !== undefined && !setFields(info, namespace, value, overwrites)) this.#denied.inc()
      if (typed !== undefined && !setTyped(info, namespace, typed, overwrites)) this.#denied.inc()
    }
  }
}

/** Whether it may. */
function setFields(info: StreamInfo, namespace: string, value: JsonObject, overwrites: boolean): boolean {
  const old = info.metadata?.get(namespace)
  if (old !== undefined && !overwrites) return false
  info.setMetadata(namespace, old === undefined ? value : merged(old as JsonObject, value))
  return true
}

function setTyped(info: StreamInfo, namespace: string, typed: AnyMessage, overwrites: boolean): boolean {
  const all = (info.typedMetadata ??= new Map())
  if (all.has(namespace) && !overwrites) return false
  all.set(namespace, typed)
  return true
}

function compileEntries(config: Config): readonly Entry[] {
  const entries = (config.metadata ?? []).map((entry): Entry => ({
    namespace: entry.metadata_namespace ?? '',
    value: entry.value,
    // Of both the fields count.
    typed: entry.value === undefined ? entry.typed_value : undefined,
    overwrites: entry.allow_overwrite === true,
  }))
  // The deprecated form always overwrites.
  if (config.metadata_namespace)
    entries.unshift({
      namespace: config.metadata_namespace,
      value: config.value ?? {},
      typed: undefined,
      overwrites: true,
    })
  return entries
}

/** `envoy.filters.http.set_metadata`: writes fixed dynamic metadata onto each request; then that of the nearest level of its route. */
export const setMetadata: HttpFilterDefinition<Config, readonly Entry[]> = {
  name: 'envoy.filters.http.set_metadata',
  config: envoyMessage(TYPE, setMetadataHonours),
  routeConfig: envoyMessage(TYPE, setMetadataHonours),
  stability: 'stable',
  create: (config, context) => {
    const filter = new SetMetadataFilter(compileEntries(config), context)
    return () => filter
  },
  createRoute: (config) => compileEntries(config as Config),
}
