import {
  type AnyHttpFilterDefinition,
  type DataAnswer,
  type DataVerdict,
  type FilterStream,
  type HttpFilter,
  LocalReply,
  MoreData,
  type Verdict,
} from '@nuncio/filter-chain'
import { GuardedStream } from './guarded-stream.ts'
import type { FilterRule } from './violations.ts'

/** How a filter is watched. */
export interface Watch {
  /** Chunks are overwritten as soon as they are no longer lent. */
  readonly scribble: boolean
  report(rule: FilterRule, what: string): void
}

/** The same definition, whose filters are watched on every stream. */
export function watchedDefinition(definition: AnyHttpFilterDefinition, watch: Watch): AnyHttpFilterDefinition {
  const { name, config, routeConfig, stability, terminal } = definition
  return {
    name,
    config,
    stability,
    ...(routeConfig !== undefined && { routeConfig }),
    ...(terminal !== undefined && { terminal }),
    create: (own: unknown, context) => {
      const create = definition.create(own, context)
      return () => new WatchedFilter(create(), watch).hooks
    },
    ...(definition.createRoute !== undefined && {
      createRoute: (own: unknown, context) => definition.createRoute!(own, context) as unknown,
    }),
  }
}

/** A filter on one stream, with eyes on what goes in and out. */
class WatchedFilter {
  /** Only the hooks that the filter has: a chain looks which exist. */
  readonly hooks: HttpFilter
  readonly #watch: Watch
  #stream: GuardedStream | undefined = undefined
  #replies = 0

  constructor(inner: HttpFilter, watch: Watch) {
    this.#watch = watch
    this.hooks = {
      ...(inner.onRequestHeaders && {
        onRequestHeaders: (headers, stream, end) =>
          this.#verdict(inner.onRequestHeaders!(headers, this.#enter('onRequestHeaders', stream), end)),
      }),
      ...(inner.onRequestData && {
        onRequestData: (chunk, stream, end) =>
          this.#lend(chunk, (lent) => inner.onRequestData!(lent, this.#enter('onRequestData', stream), end)),
      }),
      ...(inner.onRequestTrailers && {
        onRequestTrailers: (trailers, stream) =>
          this.#verdict(inner.onRequestTrailers!(trailers, this.#enter('onRequestTrailers', stream))),
      }),
      ...(inner.onResponseHeaders && {
        onResponseHeaders: (headers, stream, end) =>
          this.#verdict(inner.onResponseHeaders!(headers, this.#enter('onResponseHeaders', stream), end)),
      }),
      ...(inner.onResponseData && {
        onResponseData: (chunk, stream, end) =>
          this.#lend(chunk, (lent) => inner.onResponseData!(lent, this.#enter('onResponseData', stream), end)),
      }),
      ...(inner.onResponseTrailers && {
        onResponseTrailers: (trailers, stream) =>
          this.#verdict(inner.onResponseTrailers!(trailers, this.#enter('onResponseTrailers', stream))),
      }),
      onComplete: (stream) => {
        const guarded = this.#enter('onComplete', stream)
        guarded.over = true
        inner.onComplete?.(guarded)
      },
    }
  }

  #enter(hook: string, stream: FilterStream): GuardedStream {
    this.#stream ??= new GuardedStream(stream, (call) =>
      this.#watch.report('after-end', `called ${call} on a stream that is over`),
    )
    if (this.#stream.over) this.#watch.report('after-end', `its ${hook} was called after onComplete`)
    return this.#stream
  }

  #verdict(verdict: Verdict): Verdict {
    if (verdict === undefined) return undefined
    if (verdict instanceof LocalReply) {
      this.#count()
      return verdict
    }
    return verdict.then((late) => {
      if (late !== undefined) this.#count()
      return late
    })
  }

  /** An answer that comes when the stream is over already reaches nobody, and does no harm. */
  #count(): void {
    if (this.#stream?.over === true) return
    if (++this.#replies > 1) this.#watch.report('second-local-reply', 'answered a stream that it had answered before')
  }

  #lend(chunk: Uint8Array, call: (lent: Uint8Array) => DataVerdict): DataVerdict {
    const lent = chunk.slice()
    const verdict = call(lent)
    if (!(verdict instanceof Promise)) return this.#takeBack(chunk, lent, verdict)
    const copy = chunk.slice()
    return verdict.then((late) => this.#takeBack(copy, lent, late))
  }

  #takeBack(chunk: Uint8Array, lent: Uint8Array, verdict: DataAnswer): DataAnswer {
    let out = verdict
    if (verdict instanceof LocalReply) {
      this.#count()
      // The engine writes a reply at once, while the chunk is still good.
      if (verdict.body instanceof Uint8Array && verdict.body.buffer === lent.buffer) return verdict
    } else if (verdict === undefined) {
      if (!same(chunk, lent)) out = lent.slice()
    } else if (verdict instanceof MoreData) {
      if (verdict.chunk.buffer === lent.buffer) out = new MoreData(verdict.chunk.slice())
    } else if (verdict.buffer === lent.buffer) out = verdict.slice()
    if (this.#watch.scribble) lent.fill(SCRIBBLE)
    return out
  }
}

const SCRIBBLE = 0xdb

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}
