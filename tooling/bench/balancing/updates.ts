// node --expose-gc --conditions=@nuncio/source tooling/bench/balancing/updates.ts
// What a change of a cluster's hosts costs, by policy, and what hosts weigh: one JSON line each. balancing/run.ts reads it.
import { SeededRandom, StatsStore, type TimeSource, TimerWheel } from '@nuncio/core'
import { WriteBatch } from '@nuncio/http-codec'
import { createClusterManager } from '@nuncio/upstream'
import type { LoadResult, UpdateResult } from './results.ts'

declare const gc: () => void

const HOSTS = 10_000
const ROUNDS = 9
const SCORE = 'nuncio.load_balancing_policies.score'
const score = {
  name: SCORE,
  typed_config: { '@type': `${SCORE}.v1.Score`, terms: [{ name: 'active_requests' }, { name: 'latency_ewma' }] },
}
const POLICIES: Readonly<Record<string, object>> = {
  'round robin': {},
  'least request': { lb_policy: 'LEAST_REQUEST' },
  random: { lb_policy: 'RANDOM' },
  'ring hash': { lb_policy: 'RING_HASH' },
  maglev: { lb_policy: 'MAGLEV' },
  score: { load_balancing_policy: { policies: [{ typed_extension_config: score }] } },
}

/** The time of all slices, and of the longest. */
interface Spent {
  readonly wholeMs: number
  readonly longestMs: number
}

/** Runs work and the slices that it puts off, and measures each. Timers that are to wait are never run. */
class Slices {
  readonly time: TimeSource
  #due: (() => void)[] = []
  #spent: number[] = []

  constructor() {
    this.time = {
      monotonicMs: () => performance.now(),
      wallMs: () => Date.now(),
      setTimer: (delayMs, onFire) => {
        if (delayMs > 0) return { cancel: () => {} }
        this.#due.push(onFire)
        return { cancel: () => void (this.#due = this.#due.filter((other) => other !== onFire)) }
      },
    }
  }

  measure(work: () => void): Spent {
    this.#spent = []
    this.#run(work)
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) this.#run(next)
    return { wholeMs: this.#spent.reduce((sum, ms) => sum + ms, 0), longestMs: Math.max(...this.#spent) }
  }

  #run(work: () => void): void {
    const began = performance.now()
    work()
    this.#spent.push(performance.now() - began)
  }
}

function world() {
  const slices = new Slices()
  const { time } = slices
  const manager = createClusterManager({
    time,
    wheel: new TimerWheel(time),
    batch: new WriteBatch(time),
    random: new SeededRandom(1),
    stats: new StatsStore(),
  })
  return { slices, manager }
}

/** So many endpoints from the n-th address on, with weights from 1 to 3. */
function endpoints(count: number, from = 0) {
  const lb_endpoints = Array.from({ length: count }, (_, i) => {
    const n = from + i
    const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
    return {
      load_balancing_weight: 1 + (n % 3),
      endpoint: { address: { socket_address: { address, port_value: 80 } } },
    }
  })
  return { endpoints: [{ lb_endpoints }] }
}

const least = (values: readonly number[]): number => Math.round(Math.min(...values) * 100) / 100

/** What others do on the machine makes times longer, never shorter. */
function quickest(rounds: readonly Spent[]): Spent {
  return {
    wholeMs: least(rounds.map(({ wholeMs }) => wholeMs)),
    longestMs: least(rounds.map(({ longestMs }) => longestMs)),
  }
}

/** A hundred of ten thousand hosts leave and a hundred others come, again and again. */
function update(policy: string, config: object): UpdateResult {
  const { slices, manager } = world()
  const sides = [endpoints(HOSTS), endpoints(HOSTS, 100)]
  const configs = sides.map((load_assignment) => ({ name: 'c', ...config, load_assignment }))
  slices.measure(() => void manager.addOrUpdate(configs[0]!))
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    slices.measure(() => void manager.addOrUpdate(configs[(round + 1) % 2]!)),
  )
  const members = manager.get('c')!.priorities.levels[0]!.hosts.length
  if (members !== HOSTS) throw new Error(`${policy}: ${members} hosts after the update`)
  return {
    kind: 'update',
    policy,
    hosts: HOSTS,
    ...quickest(rounds),
  }
}

/** A cluster of so many hosts, from nothing. */
function load(hosts: number): LoadResult {
  const config = { name: 'c', load_assignment: endpoints(hosts) }
  const rounds = Array.from({ length: 4 }, () => {
    const { slices, manager } = world()
    return slices.measure(() => void manager.addOrUpdate(config))
  })
  const { slices, manager } = world()
  gc()
  const heap = process.memoryUsage().heapUsed
  rounds.push(slices.measure(() => void manager.addOrUpdate(config)))
  gc()
  const bytesPerHost = Math.round((process.memoryUsage().heapUsed - heap) / hosts)
  const members = manager.get('c')!.priorities.levels[0]!.hosts.length
  if (members !== hosts) throw new Error(`${members} of ${hosts} hosts were loaded`)
  return { kind: 'load', hosts, ...quickest(rounds), bytesPerHost }
}

for (const [policy, config] of Object.entries(POLICIES)) console.log(JSON.stringify(update(policy, config)))
for (const hosts of [1000, 10_000, 100_000]) console.log(JSON.stringify(load(hosts)))
