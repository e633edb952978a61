import { POLICIES, SERVICE_SPREADS } from '@nuncio/simulator'
import { type LabSettings, PLAIN_LAB } from '../state/lab.ts'
import { PARTS, type Page, PLAIN_REQUEST } from '../state/store.ts'
import type { AskedRequest, RouteTestRow } from '../worker/protocol.ts'

/** All that a link carries. */
export interface PageState {
  readonly text: string
  readonly fileName: string
  readonly page: Page
  readonly request: AskedRequest
  readonly rows: readonly RouteTestRow[]
  readonly lab: LabSettings
}

const VERSION = 1
const MOST_ROWS = 500
const MOST_ITEMS = 200

export function stateText(state: PageState): string {
  return JSON.stringify({ v: VERSION, ...state })
}

/**
 * Reads what `stateText` wrote. Links come from strangers: every field is picked by name and checked for its type and
 * range, whatever else is there is left, and what does not fit has its default. Undefined for what is no state at all.
 */
export function readState(json: string): PageState | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  const state = new Fields(value)
  if (state.number('v', 0, 0, 1e9) !== VERSION) return undefined
  return {
    text: state.text('text', ''),
    fileName: state.text('fileName', '').slice(0, 200),
    page: state.oneOf('page', ['edit', ...PARTS], 'map'),
    request: readRequest(state.fields('request')),
    rows: state
      .list('rows', MOST_ROWS)
      .map((row) => ({ request: readRequest(row.fields('request')), expect: row.fields('expect').plain() })),
    lab: readLab(state.fields('lab')),
  }
}

function readRequest(fields: Fields): AskedRequest {
  return {
    method: fields.text('method', PLAIN_REQUEST.method).slice(0, 40),
    url: fields.text('url', PLAIN_REQUEST.url),
    headers: fields.text('headers', ''),
    source: fields.text('source', '').slice(0, 64),
    random: fields.text('random', '').slice(0, 20),
  }
}

function readLab(fields: Fields): LabSettings {
  const plain = PLAIN_LAB
  const policies = fields.texts('policies', 2).map((policy) => POLICIES.find((each) => each === policy) ?? '')
  const number = (
    key:
      | 'rps'
      | 'seconds'
      | 'seed'
      | 'keys'
      | 'roundTripMs'
      | 'meanMs'
      | 'workers'
      | 'madeHosts'
      | 'madeZones'
      | 'madeWeight',
    low: number,
    high: number,
  ): number => fields.number(key, plain[key], low, high)
  return {
    cluster: fields.text('cluster', ''),
    madeHosts: Math.round(number('madeHosts', 1, 100)),
    madeZones: Math.round(number('madeZones', 1, 5)),
    madeWeight: Math.round(number('madeWeight', 1, 100)),
    policies: policies.length === 0 ? plain.policies : policies,
    weights: { ...plain.weights, ...fields.fields('weights').numbers(Object.keys(plain.weights)) },
    rps: number('rps', 1, 5000),
    seconds: number('seconds', 1, 120),
    seed: Math.round(number('seed', 0, 2 ** 31)),
    keys: Math.round(number('keys', 1, 1e6)),
    roundTripMs: number('roundTripMs', 0, 1000),
    meanMs: number('meanMs', 0.1, 10_000),
    spread: fields.oneOf('spread', SERVICE_SPREADS, plain.spread),
    workers: Math.round(number('workers', 1, 1000)),
    hosts: fields
      .list('hosts', MOST_ITEMS)
      .map((host) => ({ address: host.text('address', ''), factor: host.number('factor', 1, 0.01, 1000) })),
    incidents: fields.texts('incidents', MOST_ITEMS),
  }
}

/** An object of unknown make, asked field by field. */
class Fields {
  readonly #value: object

  constructor(value: unknown) {
    this.#value = typeof value === 'object' && value !== null ? value : {}
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#value, key) ? (this.#value as Record<string, unknown>)[key] : undefined
  }

  text(key: string, fallback: string): string {
    const value = this.#get(key)
    return typeof value === 'string' ? value : fallback
  }
  number(key: string, fallback: number, low: number, high: number): number {
    const value = this.#get(key)
    return typeof value === 'number' && value >= low && value <= high ? value : fallback
  }
  oneOf<W extends string>(key: string, words: readonly W[], fallback: W): W {
    return words.find((word) => word === this.#get(key)) ?? fallback
  }
  fields(key: string): Fields {
    return new Fields(this.#get(key))
  }
  list(key: string, most: number): Fields[] {
    const value = this.#get(key)
    return Array.isArray(value) ? value.slice(0, most).map((each) => new Fields(each)) : []
  }
  texts(key: string, most: number): string[] {
    const value = this.#get(key)
    return Array.isArray(value) ? value.slice(0, most).filter((each) => typeof each === 'string') : []
  }
  /** Those of these fields that are numbers. */
  numbers(keys: readonly string[]): Record<string, number> {
    return Object.fromEntries(
      keys.flatMap((key) => (typeof this.#get(key) === 'number' ? [[key, this.#get(key) as number]] : [])),
    )
  }
  /** Its texts and numbers, under plain names. */
  plain(): Record<string, string | number> {
    const entries = Object.entries(this.#value).filter(
      (entry): entry is [string, string | number] =>
        /^[a-z_]{1,40}$/.test(entry[0]) && ['string', 'number'].includes(typeof entry[1]),
    )
    return Object.fromEntries(entries.slice(0, 40))
  }
}
