import type { Message } from '@nuncio/config'
import type { Counter, StatsScope, Timer, TimeSource } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import { type CallParts, compileSideRetry, sideCall, type SideRetryPolicy } from '@nuncio/guards'
import type { ConfigPlace } from '@nuncio/matching'
import { type KeySet, parseKeySet } from './key-set.ts'

/** Where a provider's keys come from. */
export interface KeySource {
  /** The keys as they are now; undefined: they have to be asked for. */
  readonly current: KeySet | undefined
  /** The keys, fetched if need be; undefined: they cannot be had. */
  keys(): Promise<KeySet | undefined>
}

/** What providers are made with. */
export interface ProviderParts {
  readonly context: FilterContext
  /** `http.<stat_prefix>.jwt_authn.[<stat_prefix>.]` */
  readonly stats: StatsScope
}

/** Keys that stand in the configuration. */
export class LocalKeys implements KeySource {
  readonly current: KeySet | undefined

  constructor(keys: KeySet | undefined) {
    this.current = keys
  }

  keys(): Promise<KeySet | undefined> {
    return Promise.resolve(this.current)
  }
}

type Config = Message<'envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks'>

const DEFAULT_CACHE_MS = 600_000
const DEFAULT_REFETCH_MS = 1000
/** A set is fetched anew this long before it is too old, so that no request has to wait. */
const AHEAD_MS = 5000
const OK = 200

/** Keys that a server hands out. */
export class RemoteKeys implements KeySource {
  readonly #parts: CallParts
  readonly #cluster: string
  readonly #timeoutMs: number
  readonly #authority: string
  readonly #path: string
  readonly #scheme: string
  readonly #retry: SideRetryPolicy | undefined
  readonly #cacheMs: number
  /** Undefined: keys are fetched when a request needs them. */
  readonly #refetchMs: number | undefined
  readonly #cacheSize: number
  readonly #time: TimeSource
  readonly #fetched: Counter
  readonly #failed: Counter
  #keys: KeySet | undefined = undefined
  #untilMs = 0
  #fetching: Promise<KeySet | undefined> | undefined = undefined
  #timer: Timer | undefined = undefined
  #closed = false

  constructor(config: Config, place: ConfigPlace, { context, stats }: ProviderParts, cacheSize: number) {
    const { uri = '', cluster = '', timeout } = config.http_uri ?? {}
    const url = /^(https?):\/\/([^/?#\s]+)([/?][^#\s]*)?$/.exec(uri)
    const at = place.at('http_uri', config.http_uri)
    if (url === null) at.at('uri').error('rule', 'the uri of keys is no http or https URL')
    if (cluster === '') at.error('missing-field', 'keys are fetched from a cluster: name one')
    const [, scheme = 'http', authority = '', path = '/'] = url ?? []
    this.#parts = context
    this.#cluster = cluster
    this.#timeoutMs = timeout ?? 0
    this.#authority = authority
    this.#path = path.startsWith('/') ? path : `/${path}`
    this.#scheme = scheme
    this.#retry = compileSideRetry(config.retry_policy, place.at('retry_policy', config.retry_policy), RETRY_ON)
    this.#cacheMs = config.cache_duration ?? DEFAULT_CACHE_MS
    this.#refetchMs = config.async_fetch && (config.async_fetch.failed_refetch_duration ?? DEFAULT_REFETCH_MS)
    this.#cacheSize = cacheSize
    this.#time = context.time
    this.#fetched = stats.counter('jwks_fetch_success')
    this.#failed = stats.counter('jwks_fetch_failed')
    if (this.#refetchMs !== undefined) this.#later(0)
    context.onDispose(() => this.#close())
  }

  get current(): KeySet | undefined {
    return this.#time.monotonicMs() < this.#untilMs ? this.#keys : undefined
  }

  keys(): Promise<KeySet | undefined> {
    const known = this.current
    if (known !== undefined) return Promise.resolve(known)
    // However many requests wait, one of them asks.
    return (this.#fetching ??= this.#fetch())
  }

  async #fetch(): Promise<KeySet | undefined> {
    const keys = await this.#ask()
    this.#fetching = undefined
    if (keys === undefined) this.#failed.inc()
    else {
      this.#fetched.inc()
      this.#keys = keys
      this.#untilMs = this.#time.monotonicMs() + this.#cacheMs
    }
    if (this.#refetchMs !== undefined) this.#later(keys === undefined ? this.#refetchMs : this.#aheadMs())
    return keys
  }

  async #ask(): Promise<KeySet | undefined> {
    const request = {
      method: 'GET',
      path: this.#path,
      authority: this.#authority,
      scheme: this.#scheme,
      timeoutMs: this.#timeoutMs,
    }
    try {
      const { status, body } = await sideCall(this.#parts, this.#cluster, request, this.#retry)
      return status === OK ? parseKeySet(body, this.#cacheSize) : undefined
    } catch {
      return undefined
    }
  }

  #aheadMs(): number {
    return this.#cacheMs > 2 * AHEAD_MS ? this.#cacheMs - AHEAD_MS : this.#cacheMs / 2
  }

  #later(delayMs: number): void {
    this.#timer?.cancel()
    if (this.#closed) return
    this.#timer = this.#time.setTimer(delayMs, () => void (this.#fetching ??= this.#fetch()))
  }

  #close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }
}

const RETRY_ON = '5xx,gateway-error,connect-failure,reset'
