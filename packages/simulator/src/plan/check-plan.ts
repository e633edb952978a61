import { checkIncident } from '../incident/check-incident.ts'
import { INCIDENT_KINDS } from '../incident/incident.ts'
import { LIMITS, type SimulationPlan } from './plan.ts'
import { refusal } from './refusal.ts'

/** Throws `ERR_NUNCIO_SIMULATION` for a plan that means nothing, or would take too long. */
export function checkPlan(plan: SimulationPlan): void {
  within('rps', plan.rps, 0.001, LIMITS.rps)
  within('seconds', plan.seconds, 0.001, LIMITS.seconds)
  if (!Number.isInteger(plan.seed)) throw refusal(`the seed is a whole number, not ${plan.seed}`)
  if (plan.roundTripMs !== undefined) within('the round trip', plan.roundTripMs, 0, 60_000)
  if (plan.keys !== undefined) within('keys', plan.keys, 1, LIMITS.keys)
  for (const service of [plan.service, ...(plan.services?.values() ?? [])]) {
    if (service === undefined) continue
    within('the service time', service.meanMs, 0, 600_000)
    within('workers', service.workers, 1, 1_000_000)
  }
  for (const incident of plan.incidents ?? []) checkIncident(incident)
  const requests = expectedRequests(plan)
  if (requests > LIMITS.requests)
    throw refusal(`some ${Math.round(requests)} requests are to come, more than ${LIMITS.requests}`)
}

/** How many requests come on average, surges and all. */
function expectedRequests({ rps, seconds, incidents = [] }: SimulationPlan): number {
  const surges = incidents.filter(({ kind }) => kind === 'surge')
  const edges = [0, seconds, ...surges.flatMap(({ fromS, toS = seconds }) => [fromS, toS])]
  const bounds = [...new Set(edges.filter((edge) => edge <= seconds))].toSorted((a, b) => a - b)
  let sum = 0
  for (const [i, from] of bounds.entries()) {
    const to = bounds[i + 1] ?? from
    const factor = surges
      .filter(({ fromS, toS = seconds }) => fromS <= from && toS >= to)
      .reduce((product, { amount }) => product * (amount ?? INCIDENT_KINDS.surge.amount), 1)
    sum += (to - from) * rps * factor
  }
  return sum
}

function within(what: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) throw refusal(`${what} must lie between ${low} and ${high}, not ${value}`)
}
