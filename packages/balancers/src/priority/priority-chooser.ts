import { distribute, type PriorityLoads } from './priority-loads.ts'

const EMPTY: PriorityLoads = { healthy: [], degraded: [], panic: [], health: [], degradedHealth: [] }

/**
 * Draws a priority level and whether its healthy or its degraded hosts serve. Answers `level * 2`, plus 1 for
 * degraded; -1 when there is no level. Choosing allocates nothing.
 */
export class PriorityChooser {
  loads: PriorityLoads = EMPTY
  /** The answer when one level takes everything (the usual case, which needs no draw); else -2. */
  only = -1
  #levels = 0
  #health = new Uint32Array(0)
  #degradedHealth = new Uint32Array(0)
  #healthy = new Uint32Array(0)
  #degraded = new Uint32Array(0)
  // What is left of health once the tried levels are taken out; filled anew by each pick that needs it.
  #spareHealth = new Uint32Array(0)
  #spareDegraded = new Uint32Array(0)
  #spareLoad = new Uint32Array(0)
  #spareDegradedLoad = new Uint32Array(0)

  update(loads: PriorityLoads): void {
    this.loads = loads
    this.#levels = loads.healthy.length
    this.#healthy = Uint32Array.from(loads.healthy)
    this.#degraded = Uint32Array.from(loads.degraded)
    this.#health = Uint32Array.from(loads.health)
    this.#degradedHealth = Uint32Array.from(loads.degradedHealth)
    this.#spareHealth = new Uint32Array(this.#levels)
    this.#spareDegraded = new Uint32Array(this.#levels)
    this.#spareLoad = new Uint32Array(this.#levels)
    this.#spareDegradedLoad = new Uint32Array(this.#levels)
    this.only = this.#single()
  }

  /** `percent` is 0…99: the random number or hash modulo 100. */
  choose(percent: number): number {
    return this.only === -2 ? walk(this.#healthy, this.#degraded, percent + 1) : this.only
  }

  /** As `choose`, with the levels that were tried before taken out; all tried: as if none had been. */
  chooseAvoiding(percent: number, tried: readonly number[]): number {
    let total = 0
    for (let i = 0; i < this.#levels; i++) {
      const out = tried.includes(i)
      total += this.#spareHealth[i] = out ? 0 : this.#health[i]!
      total += this.#spareDegraded[i] = out ? 0 : this.#degradedHealth[i]!
    }
    if (total === 0) return this.choose(percent)
    distribute(this.#spareHealth, this.#spareDegraded, Math.min(100, total), this.#spareLoad, this.#spareDegradedLoad)
    return walk(this.#spareLoad, this.#spareDegradedLoad, percent + 1)
  }

  #single(): number {
    if (this.#levels === 0) return -1
    const healthy = this.#healthy.indexOf(100)
    if (healthy >= 0) return healthy * 2
    const degraded = this.#degraded.indexOf(100)
    return degraded >= 0 ? degraded * 2 + 1 : -2
  }
}

function walk(healthy: Uint32Array, degraded: Uint32Array, mark: number): number {
  let cumulative = 0
  for (let i = 0; i < healthy.length; i++) if (mark <= (cumulative += healthy[i]!)) return i * 2
  for (let i = 0; i < degraded.length; i++) if (mark <= (cumulative += degraded[i]!)) return i * 2 + 1
  // Loads add up to 100, so this is reached only when nothing at all can be used.
  return healthy.length === 0 ? -1 : 0
}
