import { Histogram } from './histogram.ts'

/** A number that only grows. `used` says whether it was ever touched (`/stats?usedonly`). */
export class Counter {
  readonly name: string
  value = 0
  constructor(name: string) {
    this.name = name
  }
  inc(): void {
    this.value++
  }
  add(n: number): void {
    this.value += n
  }
  reset(): void {
    this.value = 0
  }
}

/** A number that goes up and down. */
export class Gauge {
  readonly name: string
  value = 0
  used = false
  constructor(name: string) {
    this.name = name
  }
  inc(): void {
    this.value++
    this.used = true
  }
  dec(): void {
    this.value--
  }
  set(n: number): void {
    this.value = n
    this.used = true
  }
}

/** A text, such as a version. */
export class TextReadout {
  readonly name: string
  value = ''
  constructor(name: string) {
    this.name = name
  }
}

/**
 * All statistics of one server, by their full dotted names. Handles are taken when configuration loads and kept; the
 * data plane only adds to them. Asking twice for a name gives the same handle, so a reload keeps its numbers.
 */
export class StatsStore {
  readonly counters = new Map<string, Counter>()
  readonly gauges = new Map<string, Gauge>()
  readonly histograms = new Map<string, Histogram>()
  readonly texts = new Map<string, TextReadout>()
  /** Names that Envoy has and that stay 0 here. */
  readonly unmoved = new Set<string>()

  counter(name: string): Counter {
    return obtain(this.counters, name, () => new Counter(name))
  }
  gauge(name: string): Gauge {
    return obtain(this.gauges, name, () => new Gauge(name))
  }
  /** Values in milliseconds unless the name says otherwise. */
  histogram(name: string): Histogram {
    return obtain(this.histograms, name, () => new Histogram(name))
  }
  text(name: string): TextReadout {
    return obtain(this.texts, name, () => new TextReadout(name))
  }
  /** A view whose names all begin with `prefix`. */
  scope(prefix: string): StatsScope {
    return new StatsScope(this, prefix)
  }
  /** How often names were removed: who keeps handles by their names for later looks them up anew when it has grown. */
  forgotten = 0

  /** Removes statistics by name. Who still has a handle to one adds to a number that nobody sees. */
  forget(isGone: (name: string) => boolean): void {
    this.forgotten++
    for (const map of [this.counters, this.gauges, this.histograms, this.texts, this.unmoved]) {
      for (const name of map.keys()) if (isGone(name)) map.delete(name)
    }
  }
  /** Sets counters to zero and empties histograms, as `POST /reset_counters` does. */
  resetCounters(): void {
    for (const counter of this.counters.values()) counter.reset()
  }
}

/** A prefix over a store: `scope('cluster.a.').counter('upstream_rq_total')`. */
export class StatsScope {
  readonly store: StatsStore
  readonly prefix: string
  constructor(store: StatsStore, prefix: string) {
    this.store = store
    this.prefix = prefix
  }
  counter(name: string): Counter {
    return this.store.counter(this.prefix + name)
  }
  gauge(name: string): Gauge {
    return this.store.gauge(this.prefix + name)
  }
  histogram(name: string): Histogram {
    return this.store.histogram(this.prefix + name)
  }
  text(name: string): TextReadout {
    return this.store.text(this.prefix + name)
  }
  scope(prefix: string): StatsScope {
    return new StatsScope(this.store, this.prefix + prefix)
  }
}

/** A part of a stat's name: Envoy replaces `:` so that addresses can stand in names. */
export function statName(text: string): string {
  return text.replaceAll(':', '_')
}

function obtain<T>(map: Map<string, T>, name: string, make: () => T): T {
  let found = map.get(name)
  if (found === undefined) map.set(name, (found = make()))
  return found
}
