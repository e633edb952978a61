import { refusal } from '../plan/refusal.ts'
import { type Incident, INCIDENT_KINDS } from './incident.ts'

/** Throws `ERR_NUNCIO_SIMULATION` for an incident that means nothing. */
export function checkIncident(incident: Incident): void {
  const { kind, target, fromS, toS, amount, status } = incident
  if (!Object.hasOwn(INCIDENT_KINDS, kind))
    throw refusal(`${JSON.stringify(kind)} is no incident`, `one of ${Object.keys(INCIDENT_KINDS).join(', ')}`)
  const name = `the incident ${kind} ${target}`
  if (target === '') throw refusal(`the incident ${kind} needs a target: an address, a name, zone:NAME or *`)
  if (!(fromS >= 0 && fromS <= 1e6)) throw refusal(`${name} begins at ${fromS} s`)
  if (toS !== undefined && !(toS > fromS && toS <= 1e6))
    throw refusal(`${name} must end after it begins, not at ${toS} s`)
  if (amount !== undefined && !(amount >= 0 && amount <= 1e6)) throw refusal(`${name} has no such amount: ${amount}`)
  if (kind === 'surge' && amount === 0) throw refusal(`${name}: requests cannot come 0 times as fast`)
  if (kind === 'fail' && amount !== undefined && amount > 1) throw refusal(`${name}: a share is at most 100%`)
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599))
    throw refusal(`${name}: ${status} is no status of a response`)
}
