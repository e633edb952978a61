import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import type { RandomGenerator, TimeSource } from '@nuncio/core'
import type { HostPicker } from '../contracts.ts'
import type { Story } from '../explain/story.ts'
import type { HostSlots } from './host-slots.ts'
import type { WeighedTerm } from './score-terms.ts'
import type { ScoreWeights } from './score-weights.ts'
import type { PickClock, ScoreListTerm, ScoreTerm } from './term.ts'

/** What the pickers of one balancer share. */
export interface ScoreShared {
  readonly terms: readonly WeighedTerm[]
  readonly slots: HostSlots
  readonly clock: PickClock
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly pick: 'P2C' | 'BEST' | 'SOFTMAX'
  readonly choices: number
  readonly temperature: number
  /** 1 when the lowest score wins, −1 when the highest does. */
  readonly sign: 1 | -1
  readonly usesTime: boolean
  readonly weights: ScoreWeights
}

/** One host's part in the table of terms: normalised values by term, and their weighted sum. */
export interface ScoreRow {
  readonly host: string
  readonly values: Readonly<Record<string, number>>
  readonly score: number
}

/** Picks from one list by score. */
export class ScorePicker implements HostPicker {
  readonly #shared: ScoreShared
  /** Parallel to the terms; undefined for those about hosts. */
  readonly #lists: readonly (ScoreListTerm | undefined)[]
  /** What measures each term: a list's by place, a host's by slot. */
  readonly #measures: readonly (ScoreTerm | ScoreListTerm)[]
  /** The list term that decides between equal scores. */
  readonly #tieBreak: ScoreListTerm | undefined
  readonly #notified: readonly ScoreListTerm[]
  #hosts: readonly Host[] = []
  /** The slot of the host at each place. */
  #slots = new Int32Array(0)
  #scores = new Float64Array(0)
  /** A value, and a score whose lowest wins. */
  readonly #out = new Float64Array(2)

  constructor(shared: ScoreShared) {
    this.#shared = shared
    this.#lists = shared.terms.map((term) => term.createForList?.())
    this.#measures = shared.terms.map((term, i) => this.#lists[i] ?? term.hosts!)
    const lists = this.#lists.filter((list) => list !== undefined)
    this.#tieBreak = lists.find((list) => list.isBefore !== undefined)
    this.#notified = lists.filter((list) => list.onPicked !== undefined)
  }

  update(hosts: readonly Host[]): void {
    this.#hosts = hosts
    this.#slots = Int32Array.from(hosts, (host) => this.#shared.slots.of(host))
    if (this.#scores.length < hosts.length) this.#scores = new Float64Array(hosts.length)
    for (const list of this.#lists) list?.update(hosts)
  }

  pick(context: LoadBalancerContext, _attempt: number): Host | undefined {
    const { clock, usesTime, time, pick, weights } = this.#shared
    if (this.#hosts.length === 0) return undefined
    weights.follow()
    if (usesTime) clock.nowMs = time.monotonicMs()
    const place =
      pick === 'P2C' ? this.#drawFew(context) : pick === 'BEST' ? this.#best(context) : this.#softmax(context)
    const host = this.#hosts[place]!
    for (let i = 0; i < this.#notified.length; i++) this.#notified[i]!.onPicked!(host, place)
    return host
  }

  /** Writes the weighted sum for the host at a place into `#out[1]`, as picks use it; the clock must be set. */
  #score(place: number, context: LoadBalancerContext): void {
    const { terms } = this.#shared
    const out = this.#out
    const lists = this.#lists
    const measures = this.#measures
    const host = this.#hosts[place]!
    const slot = this.#slots[place]!
    let sum = 0
    for (let i = 0; i < measures.length; i++) {
      const { weight, scaling } = terms[i]!
      if (weight === 0) continue
      measures[i]!.measure(host, lists[i] === undefined ? slot : place, context, out)
      scaling.apply(out)
      sum += weight * out[0]!
    }
    out[1] = this.#shared.sign * sum
  }

  /** Looks at all hosts for the range of each term that is normalised by it: control side. */
  rescale(context: LoadBalancerContext, ranges: readonly { low: number; high: number }[]): void {
    for (const [i, { scaling }] of this.#shared.terms.entries()) {
      if (!scaling.needsRange) continue
      for (const [place] of this.#hosts.entries()) {
        this.#measureRaw(i, place, context)
        const value = this.#out[0]!
        ranges[i]!.low = Math.min(ranges[i]!.low, value)
        ranges[i]!.high = Math.max(ranges[i]!.high, value)
      }
    }
  }

  explain(context: LoadBalancerContext, story: Story): void {
    const { terms, pick, choices, sign, temperature, weights } = this.#shared
    weights.follow()
    story.consider(this.#hosts)
    if (this.#hosts.length === 0) return story.choose(undefined, 'no host may be used')
    for (const row of this.table(context)) story.scoreByAddress(row.host, row.score, row.values)
    story.step(`score = ${terms.map(({ name, weight }) => `${weight} × ${name}`).join(' + ')}`)
    const rule = sign === 1 ? 'lowest' : 'highest'
    if (pick === 'P2C') story.choose(undefined, `the ${rule} score of ${choices} drawn hosts; chance decides`)
    else if (pick === 'SOFTMAX')
      story.choose(
        undefined,
        `drawn, the likelier the ${rule === 'lowest' ? 'lower' : 'higher'} the score (temperature ${temperature})`,
      )
    else this.#explainBest(context, story, rule)
  }

  /** Every host of the list with its terms. The weighted sum of the values is the score that picks use now. */
  table(context: LoadBalancerContext): ScoreRow[] {
    this.#shared.clock.nowMs = this.#shared.time.monotonicMs()
    this.#shared.weights.follow()
    return this.#hosts.map((host, place) => {
      const values: Record<string, number> = {}
      for (const [i, { name }] of this.#shared.terms.entries()) {
        this.#measure(i, place, context)
        values[name] = this.#out[0]!
      }
      this.#score(place, context)
      return { host: host.address, values, score: this.#shared.sign * this.#out[1]! }
    })
  }

  #explainBest(context: LoadBalancerContext, story: Story, rule: string): void {
    const scores = this.#hosts.map((_, place) => {
      this.#score(place, context)
      return this.#out[1]!
    })
    const least = Math.min(...scores)
    const equals = [...scores.keys()].filter((place) => scores[place] === least)
    const first = equals.reduce((a, b) => (this.#isBefore(b, a) ? b : a))
    if (equals.length > 1 && this.#tieBreak === undefined)
      story.choose(undefined, `the ${rule} score is shared by ${equals.length} hosts; chance decides`)
    else story.choose(this.#hosts[first], `the ${rule} score`)
  }

  /** Writes the value of a term, normalised, into `#out[0]`. */
  #measure(term: number, place: number, context: LoadBalancerContext): void {
    this.#measureRaw(term, place, context)
    this.#shared.terms[term]!.scaling.apply(this.#out)
  }

  #measureRaw(term: number, place: number, context: LoadBalancerContext): void {
    const index = this.#lists[term] === undefined ? this.#slots[place]! : place
    this.#measures[term]!.measure(this.#hosts[place]!, index, context, this.#out)
  }

  /** A few hosts drawn with replacement, one draw each; the first of equals wins. */
  #drawFew(context: LoadBalancerContext): number {
    const { random, choices } = this.#shared
    const out = this.#out
    const count = this.#hosts.length
    let best = (random.uint32() >>> 0) % count
    this.#score(best, context)
    let least = out[1]!
    for (let i = 1; i < choices; i++) {
      const place = (random.uint32() >>> 0) % count
      this.#score(place, context)
      const score = out[1]!
      if (score < least || (score === least && this.#isBefore(place, best))) {
        best = place
        least = score
      }
    }
    return best
  }

  #isBefore(a: number, b: number): boolean {
    return this.#tieBreak !== undefined && this.#tieBreak.isBefore!(a, b)
  }

  /** All hosts; of equals each with the same chance, by one draw for each further one. */
  #best(context: LoadBalancerContext): number {
    const { random } = this.#shared
    const out = this.#out
    let best = 0
    this.#score(0, context)
    let least = out[1]!
    let equals = 1
    for (let place = 1; place < this.#hosts.length; place++) {
      this.#score(place, context)
      const score = out[1]!
      if (score > least) continue
      if (score < least) equals = 1
      else if (this.#tieBreak === undefined) {
        if (random.uint32() % ++equals !== 0) continue
      } else if (!this.#isBefore(place, best)) continue
      best = place
      least = score
    }
    return best
  }

  /** A host with a chance in proportion to exp(−score ÷ temperature), by one draw. */
  #softmax(context: LoadBalancerContext): number {
    const { random, temperature } = this.#shared
    const count = this.#hosts.length
    let least = Number.POSITIVE_INFINITY
    for (let place = 0; place < count; place++) {
      this.#score(place, context)
      const score = this.#out[1]!
      this.#scores[place] = score
      if (score < least) least = score
    }
    let total = 0
    for (let place = 0; place < count; place++) {
      // Relative to the best, so that nothing overflows.
      total += this.#scores[place] = Math.exp((least - this.#scores[place]!) / temperature)
    }
    let mark = (random.uint32() / 0x1_0000_0000) * total
    for (let place = 0; place < count - 1; place++) if ((mark -= this.#scores[place]!) < 0) return place
    return count - 1
  }
}
