import {
  type Host,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadReport,
  PlainContext,
  type PrioritySet,
} from '@nuncio/cluster'
import type { Timer } from '@nuncio/core'
import type { LoadBalancerSetup } from '../contracts.ts'
import type { LocalityLbConfig } from '../locality/config.ts'
import { LeveledLoadBalancer } from '../priority/leveled.ts'
import { ScorePicker, type ScoreRow, type ScoreShared } from './score-picker.ts'
import type { ScoreWeight } from './score-weights.ts'

/** The score policy, alive: its weights may be changed and its table of terms be read at any time. */
export class ScoreLoadBalancer extends LeveledLoadBalancer implements LoadBalancer {
  readonly #shared: ScoreShared
  readonly #pickers: ScorePicker[]
  readonly #rescaleMs: number
  readonly #plain = new PlainContext()
  /** Present when a term wants reports, so that they are not parsed for nothing. */
  readonly onLoadReport?: (host: Host, report: LoadReport) => void
  #timer: Timer | undefined = undefined

  constructor(
    setup: LoadBalancerSetup,
    shared: ScoreShared,
    options: { seed: number; rescaleMs: number; locality: LocalityLbConfig | undefined },
  ) {
    const pickers: ScorePicker[] = []
    const createPicker = (): ScorePicker => {
      const picker = new ScorePicker(shared)
      pickers.push(picker)
      return picker
    }
    super('score', setup, { locality: options.locality, seed: options.seed, createPicker })
    this.#shared = shared
    this.#pickers = pickers
    this.#rescaleMs = options.rescaleMs
    const listeners = shared.terms.filter((term) => term.hosts?.onLoadReport !== undefined)
    if (listeners.length > 0) {
      this.onLoadReport = (host, report) => {
        const slot = shared.slots.of(host)
        if (slot >= 0) for (const term of listeners) term.hosts!.onLoadReport!(host, slot, report)
      }
    }
  }

  override update(priorities: PrioritySet): void {
    this.#shared.slots.update(priorities)
    super.update(priorities)
    if (this.#shared.terms.some((term) => term.scaling.needsRange)) {
      this.#rescale()
      this.#timer ??= this.#shared.time.setTimer(this.#rescaleMs, this.#tick)
    }
  }

  /** The weights as they are now, and where each comes from. */
  get weights(): Readonly<Record<string, ScoreWeight>> {
    return this.#shared.weights.current()
  }

  /**
   * Changes weights from the next pick on: they win over the runtime (`score.<cluster>.<term>.weight`) and over the
   * configuration; undefined goes back to these, and terms that are not named keep theirs. Throws
   * `ERR_NUNCIO_SCORE_TERM` for a term that is not in the configuration or a weight that is no finite number, and changes
   * nothing then.
   */
  setWeights(weights: Readonly<Record<string, number | undefined>>): void {
    this.#shared.weights.set(weights)
  }

  /** Every host that is picked from, with its terms; the weighted sum of the values is its score. */
  table(context: LoadBalancerContext = this.#plain): ScoreRow[] {
    const rows = new Map<string, ScoreRow>()
    for (const picker of this.#pickers)
      for (const row of picker.table(context)) if (!rows.has(row.host)) rows.set(row.host, row)
    return [...rows.values()]
  }

  onRequestDone(host: Host, latencyMs: number, ok: boolean): void {
    const slot = this.#shared.slots.of(host)
    if (slot < 0) return
    const { terms } = this.#shared
    for (let i = 0; i < terms.length; i++) terms[i]!.hosts?.onRequestDone?.(host, slot, latencyMs, ok)
  }

  dispose(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #tick = (): void => {
    this.#timer = this.#shared.time.setTimer(this.#rescaleMs, this.#tick)
    this.#rescale()
  }

  #rescale(): void {
    this.#shared.clock.nowMs = this.#shared.time.monotonicMs()
    const ranges = this.#shared.terms.map(() => ({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }))
    for (const picker of this.#pickers) picker.rescale(this.#plain, ranges)
    for (const [i, { scaling }] of this.#shared.terms.entries()) {
      scaling.low = ranges[i]!.low
      scaling.high = ranges[i]!.high
    }
  }
}
