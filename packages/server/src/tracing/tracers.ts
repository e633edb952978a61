import type { Message } from '@nuncio/config'
import type { StatsStore } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import type { LiveTracer, LoadOptions } from '@nuncio/network-filters'
import { createTracingProvider, type TracingProvider, type TracingProviderContext } from '@nuncio/telemetry'

type Config = Message<'envoy.config.trace.v3.Tracing.Http'>

interface Shared {
  readonly provider: TracingProvider
  users: number
}

/** The tracing providers of a server: connection managers that name one in the same words share it. */
export class Tracers {
  readonly #context: TracingProviderContext
  /** For those that name none. */
  readonly #fallback: { readonly config: Config; readonly path: string } | undefined
  readonly #shared = new Map<string, Shared>()
  readonly #closing = new Set<Promise<void>>()

  constructor(
    context: Omit<TracingProviderContext, 'stats'> & { readonly stats: StatsStore },
    bootstrap: Message<'envoy.config.trace.v3.Tracing'> | undefined,
  ) {
    this.#context = { ...context, stats: context.stats.scope(''), logger: context.logger.child('tracing') }
    this.#fallback = bootstrap?.http && { config: bootstrap.http, path: 'tracing.http' }
  }

  /** Undefined when none is named, or after reporting a problem. */
  obtain(given: Config | undefined, options: LoadOptions): LiveTracer | undefined {
    const named = given === undefined ? this.#fallback : { config: given, path: options.path }
    if (named === undefined) return undefined
    const key = JSON.stringify(named.config)
    let shared = this.#shared.get(key)
    if (shared === undefined) {
      const place = configPlace(named.config, { ...options, path: named.path, runtime: this.#context.runtime })
      const provider = createTracingProvider(named.config, place, this.#context)
      if (provider === undefined) return undefined
      this.#shared.set(key, (shared = { provider, users: 0 }))
    }
    shared.users++
    const { tracer } = shared.provider
    return { tracer, release: () => this.#release(key, shared) }
  }

  /** Reports what is wrong with the provider for those that name none. */
  check(options: Omit<LoadOptions, 'path'>): void {
    this.obtain(undefined, { ...options, path: '' })?.release()
  }

  #release(key: string, shared: Shared): void {
    if (--shared.users > 0) return
    this.#shared.delete(key)
    this.#close(shared.provider)
  }

  #close(provider: TracingProvider): void {
    const closing = provider.close().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  /** Brings everything to the collectors; waits for them a little. */
  async close(): Promise<void> {
    for (const { provider } of this.#shared.values()) this.#close(provider)
    this.#shared.clear()
    await Promise.all(this.#closing)
  }
}
