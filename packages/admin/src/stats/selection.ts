import type { Counter, Gauge, Histogram, TextReadout } from '@nuncio/core'
import type { AdminContext, AdminParam, AdminRequest, AdminResponse } from '../endpoint.ts'
import { textResponse } from '../endpoint.ts'
import type { StatsView } from '../view/stats-view.ts'

/** The statistics that a request asks for, each kind sorted by name. */
export interface StatsSelection {
  readonly counters: readonly Counter[]
  readonly gauges: readonly Gauge[]
  readonly texts: readonly TextReadout[]
  readonly histograms: readonly Histogram[]
}

/** Parameters that choose statistics. */
export const SELECTION_PARAMS: readonly AdminParam[] = [
  { name: 'usedonly', help: 'Only statistics that were touched since the start', kind: 'flag' },
  { name: 'filter', help: 'Only names in which this regular expression (RE2) is found', kind: 'text' },
  { name: 'hidden', help: 'Statistics that are hidden, of which there are none', kind: ['include', 'only', 'exclude'] },
  { name: 'invert_filter', help: 'Only names in which it is not found', kind: 'flag' },
]

const HIDDEN: ReadonlySet<string> = new Set(['include', 'only', 'exclude'])
const TYPES: ReadonlySet<string> = new Set(['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts'])

/** Chooses by `usedonly`, `filter`, `invert_filter`, `hidden` and `type`; an answer of 400 when one of them is wrong. */
export function selectStats(request: AdminRequest, context: AdminContext): StatsSelection | AdminResponse {
  const { params } = request
  const { stats } = context.view
  const type = params.get('type') ?? 'All'
  if (!TYPES.has(type)) return textResponse('invalid &type= param', 400)
  const hidden = params.get('hidden') ?? 'exclude'
  if (!HIDDEN.has(hidden)) return textResponse('usage: /stats?hidden=(include|only|exclude)\n\n', 400)
  const pattern = params.get('filter') ?? ''
  const filter = pattern === '' ? undefined : context.compileSearch(pattern)
  if (typeof filter === 'string') return textResponse(`Invalid re2 regex: ${filter}`, 400)
  const invert = params.has('invert_filter')
  const wanted = (name: string): boolean =>
    hidden !== 'only' && (filter === undefined || filter.matches(name) !== invert) && stats.accepts(name)
  stats.refresh()
  return pick(stats, wanted, params.has('usedonly'), type)
}

function pick(stats: StatsView, wanted: (name: string) => boolean, usedOnly: boolean, type: string): StatsSelection {
  const { store } = stats
  const choose = <T extends { readonly name: string }>(
    kind: string,
    all: Iterable<T>,
    used: (each: T) => boolean,
  ): T[] =>
    type === 'All' || type === kind
      ? [...all].filter((each) => (!usedOnly || used(each)) && wanted(each.name)).toSorted(byName)
      : []
  return {
    counters: choose('Counters', store.counters.values(), (each) => each.value > 0),
    gauges: choose('Gauges', store.gauges.values(), (each) => each.used),
    texts: choose('TextReadouts', store.texts.values(), (each) => each.value !== ''),
    histograms: choose('Histograms', store.histograms.values(), (each) => each.count > 0),
  }
}

/** By code units, as Envoy sorts names. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
