import type { Counter, Runtime, StatsScope, Timer, TimeSource } from '@nuncio/core'
import type { SpanSink, TraceSpan } from '@nuncio/tracing'

export interface SpanBatchOptions {
  readonly time: TimeSource
  readonly runtime: Runtime
  /** `tracing.<provider>.` */
  readonly stats: StatsScope
  /** `tracing.<provider>`: the runtime keys `.min_flush_spans` and `.flush_interval_ms` are below it. */
  readonly key: string
  /** How many spans wait at most; others are dropped. */
  readonly maxSpans: number
  /** Brings spans to a collector. Settles when that is over, however it went, and never rejects. */
  readonly send: (spans: readonly TraceSpan[]) => Promise<void>
}

const MIN_FLUSH_SPANS = 5
const FLUSH_INTERVAL_MS = 5000
/** A collector that does not answer gets no more than these at a time: spans wait, and are dropped, instead. */
const MAX_EXPORTS = 16
const CLOSE_WITHIN_MS = 1000

/** Collects spans, and sends them when there are enough or they waited long enough. */
export class SpanBatch implements SpanSink {
  readonly #options: SpanBatchOptions
  readonly #sent: Counter
  readonly #dropped: Counter
  readonly #timerFlushed: Counter
  readonly #exports = new Set<Promise<void>>()
  #spans: TraceSpan[] = []
  #timer: Timer | undefined = undefined
  #closed = false

  constructor(options: SpanBatchOptions) {
    this.#options = options
    const { stats } = options
    this.#sent = stats.counter('spans_sent')
    this.#dropped = stats.counter('spans_dropped')
    this.#timerFlushed = stats.counter('timer_flushed')
    this.#arm()
  }

  take(span: TraceSpan): void {
    if (this.#closed || this.#spans.length >= this.#options.maxSpans) return this.#dropped.inc()
    this.#spans.push(span)
    const { runtime, key } = this.#options
    if (this.#spans.length >= runtime.number(`${key}.min_flush_spans`, MIN_FLUSH_SPANS)) this.#flush()
  }

  #arm(): void {
    const { time, runtime, key } = this.#options
    const delayMs = Math.max(1, runtime.number(`${key}.flush_interval_ms`, FLUSH_INTERVAL_MS))
    this.#timer = time.setTimer(delayMs, () => {
      this.#timerFlushed.inc()
      this.#flush()
      this.#arm()
    })
  }

  #flush(): void {
    if (this.#spans.length === 0 || this.#exports.size >= MAX_EXPORTS) return
    const spans = this.#spans
    this.#spans = []
    this.#sent.add(spans.length)
    const sending = this.#options.send(spans).finally(() => this.#exports.delete(sending))
    this.#exports.add(sending)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.cancel()
    this.#flush()
    if (this.#exports.size === 0) return
    const { time } = this.#options
    const patience = new Promise<void>((resolve) => {
      this.#timer = time.setTimer(CLOSE_WITHIN_MS, resolve)
    })
    await Promise.race([Promise.all(this.#exports), patience])
    this.#timer?.cancel()
  }
}
