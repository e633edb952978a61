/** Upper bounds of Envoy's default Prometheus buckets, in the histogram's unit. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
]

// Log-linear bins as in circllhist: two significant decimal digits, 90 bins a power of ten, from 1e-3 to 1e9.
const LOWEST_EXPONENT = -3
const POWERS = 12
const BINS = POWERS * 90
/** Bin of each whole value below 1000, so that the usual latency costs one look-up. */
const SMALL = Uint16Array.from({ length: 1000 }, (_, value) => (value === 0 ? 0 : slowBin(value)))

/** A histogram as plain data. */
export interface HistogramDump {
  readonly name: string
  readonly count: number
  readonly sum: number
  readonly max: number
  readonly zeros: number
  /** Bins that hold values, by number. */
  readonly bins: readonly (readonly [bin: number, count: number])[]
}

/** Counts values in bins of two significant digits; quantiles are right within 5 %. Recording allocates nothing. */
export class Histogram {
  readonly name: string
  count = 0
  sum = 0
  max = 0
  #bins: Uint32Array | undefined = undefined
  #zeros = 0

  constructor(name: string) {
    this.name = name
  }

  /** Records a value of 0 or more; anything else counts as 0. */
  record(value: number): void {
    this.count++
    if (!(value > 0)) {
      this.#zeros++
      return
    }
    this.sum += value
    if (value > this.max) this.max = value
    this.#bins ??= new Uint32Array(BINS + 1)
    this.#bins[value < 1000 && Number.isInteger(value) ? SMALL[value]! : slowBin(value)]!++
  }

  /** The value below which a share `q` (0 to 1) lies, interpolated within its bin; NaN when empty. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN
    const rank = q * this.count
    let seen = this.#zeros
    if (rank <= seen || this.#bins === undefined) return 0
    for (let bin = 1; bin <= BINS; bin++) {
      const n = this.#bins[bin]!
      if (n === 0) continue
      if (seen + n >= rank) {
        const low = lowerBound(bin)
        return Math.min(low + ((lowerBound(bin + 1) - low) * (rank - seen)) / n, Math.max(this.max, low))
      }
      seen += n
    }
    return this.max
  }

  /** How many values were at most each bound; bounds ascending. */
  cumulative(bounds: readonly number[] = DEFAULT_BUCKETS): number[] {
    const out: number[] = []
    let seen = this.#zeros
    let bin = 1
    for (const bound of bounds) {
      for (; bin <= BINS && lowerBound(bin) <= bound; bin++) {
        // The bin that begins exactly at the bound holds values equal to it; whole milliseconds are exact that way.
        seen += this.#bins?.[bin] ?? 0
      }
      out.push(seen)
    }
    return out
  }

  /** Visits the bins that hold values, lowest first: lower bound, width, count. Zeros come as bin 0 of width 0. */
  forEachBin(visit: (low: number, width: number, count: number) => void): void {
    if (this.#zeros > 0) visit(0, 0, this.#zeros)
    if (this.#bins === undefined) return
    for (let bin = 1; bin <= BINS; bin++) {
      const count = this.#bins[bin]!
      if (count > 0) visit(lowerBound(bin), 10 ** (Math.floor((bin - 1) / 90) + LOWEST_EXPONENT - 1), count)
    }
  }

  dump(): HistogramDump {
    const { name, count, sum, max } = this
    const bins: [number, number][] = []
    this.#bins?.forEach((n, bin) => n > 0 && bins.push([bin, n]))
    return { name, count, sum, max, zeros: this.#zeros, bins }
  }

  /** Adds the values of a dump. */
  add(dump: HistogramDump): void {
    this.count += dump.count
    this.sum += dump.sum
    this.max = Math.max(this.max, dump.max)
    this.#zeros += dump.zeros
    if (dump.bins.length === 0) return
    this.#bins ??= new Uint32Array(BINS + 1)
    for (const [bin, n] of dump.bins) this.#bins[bin]! += n
  }

  reset(): void {
    this.count = this.sum = this.max = this.#zeros = 0
    this.#bins = undefined
  }
}

/** Bins are numbered from 1; 0 is unused so that a missing entry never counts. */
function slowBin(value: number): number {
  let exponent = Math.floor(Math.log10(value))
  // log10 may be off by one ulp at powers of ten.
  if (10 ** (exponent + 1) <= value) exponent++
  else if (10 ** exponent > value) exponent--
  if (exponent < LOWEST_EXPONENT) return 1
  if (exponent >= LOWEST_EXPONENT + POWERS) return BINS
  const mantissa = Math.min(99, Math.floor((value / 10 ** exponent) * 10 + 1e-9))
  return (exponent - LOWEST_EXPONENT) * 90 + (mantissa - 10) + 1
}

function lowerBound(bin: number): number {
  const at = bin - 1
  return ((at % 90) + 10) * 10 ** (Math.floor(at / 90) + LOWEST_EXPONENT - 1)
}
