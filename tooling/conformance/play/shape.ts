import type { Compare } from '../model/document.ts'
import type { ObservedRequest } from '../wire/observed.ts'
import type { Observation, ObservedStep } from './observation.ts'

interface Seen {
  readonly steps: readonly ObservedStep[]
  readonly requests: readonly ObservedRequest[]
  readonly lines: readonly Readonly<Record<string, string>>[]
  readonly stats: Readonly<Record<string, number | 'absent'>>
}

/** Leaves of what was seen what a case compares. */
export function shape(seen: Seen, names: readonly string[], compare: Compare): Observation {
  const { origins, log, stats, order } = compare
  return {
    steps: order ? seen.steps : seen.steps.map((step) => withoutOrder(step)),
    ...(origins !== 'none' && { origins: byOrigin(seen.requests, names, compare) }),
    ...(log !== 'none' && { log: seen.lines.map((line) => fieldsOf(line, log)) }),
    ...(stats.length > 0 && { stats: seen.stats }),
  }
}

function withoutOrder(step: ObservedStep): ObservedStep {
  if (Array.isArray(step)) return step.map((each) => withoutOrder(each as ObservedStep)) as never
  if (!('order' in step)) return step
  const { order: _order, ...rest } = step
  return rest
}

function byOrigin(
  requests: readonly ObservedRequest[],
  names: readonly string[],
  compare: Compare,
): NonNullable<Observation['origins']> {
  if (compare.origins === 'total') return { all: requests.length }
  return Object.fromEntries(
    names.map((name) => {
      const own = requests.filter(({ origin }) => origin === name)
      return [name, compare.origins === 'counts' ? own.length : own.map((request) => shownRequest(request, compare))]
    }),
  )
}

function shownRequest(request: ObservedRequest, { order: ordered, connections }: Compare): Partial<ObservedRequest> {
  const { origin: _origin, order, connection, ...rest } = request
  return { ...rest, ...(ordered && { order }), ...(connections && { connection }) }
}

/** `-` fields are left out: most of a wide line is empty. */
function fieldsOf(line: Readonly<Record<string, string>>, wanted: 'all' | readonly string[]): Record<string, string> {
  const kept = Object.entries(line).filter(([name, value]) =>
    wanted === 'all' ? value !== '-' : wanted.includes(name) || name === 'line',
  )
  return Object.fromEntries(kept)
}
