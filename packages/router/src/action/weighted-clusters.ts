import type { Message } from '@nuncio/config'
import { connectionInfo, modulo64, type RequestHeaders, type Runtime, StreamInfo } from '@nuncio/core'
import { type ConfigPlace, quoted, remainder } from '@nuncio/matching'
import type { HashResult } from '../contracts.ts'
import type { ForwardEntry } from './forward-route.ts'
import type { RouteSelector } from './route-entry.ts'

type WeightedConfig = Message<'envoy.config.route.v3.WeightedCluster'>

const MAX_TOTAL = 2 ** 32 - 1
const UNSIGNED = /^[ \t\n\v\f\r]*\+?([0-9]{1,20})[ \t\n\v\f\r]*$/
const hashed: HashResult = { has: false, high: 0, low: 0, cookie: '' }
const nowhere = new StreamInfo(connectionInfo(), 0, 0)

/** A route that shares its requests among clusters by weight. */
export class WeightedEntries implements RouteSelector {
  readonly entries: readonly ForwardEntry[]
  readonly #weights: readonly number[]
  readonly #total: number
  /** Keys of weights in the runtime; undefined when there is no prefix for them. */
  readonly #keys: readonly string[] | undefined
  readonly #runtime: Runtime
  readonly #header: string
  readonly #useHash: boolean

  constructor(config: WeightedConfig, entries: readonly ForwardEntry[], runtime: Runtime) {
    const prefix = config.runtime_key_prefix ?? ''
    this.entries = entries
    this.#weights = (config.clusters ?? []).map(({ weight = 0 }) => weight)
    this.#total = sum(this.#weights)
    this.#keys = prefix === '' ? undefined : (config.clusters ?? []).map(({ name = '' }) => `${prefix}.${name}`)
    this.#runtime = runtime
    this.#header = (config.header_name ?? '').toLowerCase()
    this.#useHash = config.use_hash_policy === true
  }

  select(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): ForwardEntry | undefined {
    const total = this.#keys === undefined ? this.#total : this.#currentTotal()
    if (total === 0 || total > MAX_TOTAL) return undefined
    let rest = this.#selected(headers, info, random, total)
    for (let i = 0; i < this.#weights.length; i++) {
      rest -= this.#weight(i)
      if (rest < 0) return this.entries[i]
    }
    return undefined
  }

  /** Each cluster with its weight as it is now. */
  describe(): string {
    return this.entries
      .map((_, i) => `${this.#keys?.[i] === undefined ? '' : `${this.#keys[i]} `}${this.#weight(i)}`)
      .join(', ')
  }

  #weight(i: number): number {
    return this.#keys === undefined ? this.#weights[i]! : this.#runtime.number(this.#keys[i]!, this.#weights[i]!)
  }
  #currentTotal(): number {
    let total = 0
    for (let i = 0; i < this.#weights.length; i++) total += this.#weight(i)
    return total
  }

  /** The value of the header, else the hash, else the random number, modulo the sum of weights. */
  #selected(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint, total: number): number {
    if (this.#header !== '') {
      const value = headers.get(this.#header)
      const number =
        value === undefined || headers.getJoined(this.#header) !== value ? undefined : UNSIGNED.exec(value)?.[1]
      if (number !== undefined && BigInt(number) < 2n ** 64n) return Number(BigInt(number) % BigInt(total))
    }
    const policy = this.#useHash ? this.entries[0]?.policy.hashPolicy : undefined
    if (policy !== undefined) {
      policy.hash(headers, info ?? nowhere, hashed)
      if (hashed.has) return modulo64(hashed.high, hashed.low, total)
    }
    return remainder(random, total)
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

/** Reports weights and names that Envoy refuses. */
export function checkWeightedClusters(config: WeightedConfig, place: ConfigPlace): void {
  const total = sum((config.clusters ?? []).map(({ weight = 0 }) => weight))
  if (total === 0) place.error('weights', 'the weights add up to 0')
  if (total > MAX_TOTAL) place.error('weights', `the weights add up to ${total}, the limit is ${MAX_TOTAL}`)
  config.clusters?.forEach((cluster, i) => {
    const { name = '', cluster_header: header = '' } = cluster
    if ((name === '') === (header === '')) {
      place
        .item('clusters', i, cluster)
        .error(
          'oneof-conflict',
          name === ''
            ? 'one of name and cluster_header is needed'
            : `only one of name ${quoted(name)} and cluster_header can be given`,
        )
    }
  })
}
