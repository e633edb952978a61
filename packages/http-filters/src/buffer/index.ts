import { envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { bufferHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.http.buffer.v3.Buffer'>
type PerRoute = Message<'envoy.extensions.filters.http.buffer.v3.BufferPerRoute'>

/** Stands for `disabled: true`. */
const OFF = -1

/** Keeps no state of a stream: one object serves all. */
class BufferFilter implements HttpFilter {
  readonly #maxBytes: (stream: FilterStream) => number

  constructor(maxBytes: (stream: FilterStream) => number) {
    this.#maxBytes = maxBytes
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict {
    // What follows an upgrade is a conversation, not a body that ends.
    if (endStream || stream.upgraded) return
    const maxBytes = this.#maxBytes(stream)
    if (maxBytes !== OFF) return collect(headers, stream, maxBytes)
  }
}

async function collect(headers: RequestHeaders, stream: FilterStream, maxBytes: number): Promise<void | LocalReply> {
  const announced = Number(headers.get('content-length') ?? 0)
  // What says that it is too large need not be read first.
  const body = announced > maxBytes ? undefined : await stream.bufferRequest(maxBytes)
  if (body === undefined) return localReply(413, 'request_payload_too_large', { body: 'Payload Too Large' })
  if (!headers.has('content-length')) headers.set('content-length', String(body.length))
}

function limitOf(config: Config | undefined, context: FilterContext<number>): number {
  const max = config?.max_request_bytes
  if (max === undefined || max === 0) {
    configPlace(config, context).error('missing-field', 'max_request_bytes must be at least 1')
    return 1
  }
  return max
}

/** `envoy.filters.http.buffer`: holds a request until its body is complete, and refuses one that is too large. */
export const buffer: HttpFilterDefinition<Config, number> = {
  name: 'envoy.filters.http.buffer',
  config: envoyMessage('envoy.extensions.filters.http.buffer.v3.Buffer', bufferHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.buffer.v3.BufferPerRoute', bufferHonours),
  stability: 'stable',
  upstream: 'also',
  create: (config, context) => {
    const own = limitOf(config, context)
    const filter = new BufferFilter((stream) => context.routeConfig(stream) ?? own)
    return () => filter
  },
  createRoute: (config, context) => {
    const { disabled, buffer: settings } = config as PerRoute
    return disabled === true ? OFF : limitOf(settings, context)
  },
}
