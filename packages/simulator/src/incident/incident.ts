/** Something that happens during a simulation. */
export interface Incident {
  readonly kind: IncidentKind
  /** An address, a host name, `zone:NAME`, `priority:N`, or `*`. Not looked at by `surge`. */
  readonly target: string
  /** Seconds from the first request. */
  readonly fromS: number
  /** Absent: until the end. */
  readonly toS?: number | undefined
  /** What the kind needs, see `INCIDENT_KINDS`. */
  readonly amount?: number | undefined
  /** Of `fail`: the status, 503 unless given. */
  readonly status?: number | undefined
}

/** What can happen in a run. */
export type IncidentKind = keyof typeof INCIDENT_KINDS

/**
 * - `slow`: service times are `amount` times as long
 * - `delay`: service times are `amount` ms longer
 * - `fail`: an `amount` share (0 to 1) of requests is answered at once with `status`
 * - `down`: connections are refused, those that exist break
 * - `freeze`: the process takes requests and answers none until it is over
 * - `lost`: packets to and from it are lost
 * - `leave`: it is no member of the cluster
 * - `surge`: requests come `amount` times as fast
 */
export const INCIDENT_KINDS = Object.freeze({
  slow: { amount: 10, about: 'service times are so many times as long' },
  delay: { amount: 100, about: 'service times are so many milliseconds longer' },
  fail: { amount: 1, about: 'a share of requests is answered at once with a status' },
  down: { amount: undefined, about: 'connections are refused, those that exist break' },
  freeze: { amount: undefined, about: 'takes requests and answers none until it is over' },
  lost: { amount: undefined, about: 'packets to and from it are lost' },
  leave: { amount: undefined, about: 'is no member of the cluster' },
  surge: { amount: 3, about: 'requests come so many times as fast' },
})

/** An incident in words, as `parseIncident` reads them. */
export function incidentText({ kind, target, fromS, toS, amount, status }: Incident): string {
  const span = toS === undefined ? `${fromS}s` : `${fromS}s-${toS}s`
  const words = [kind, target, span]
  if (kind === 'slow' || kind === 'surge') words.push(`x${amount ?? INCIDENT_KINDS[kind].amount}`)
  if (kind === 'delay') words.push(`${amount ?? INCIDENT_KINDS.delay.amount}ms`)
  if (kind === 'fail') {
    words.push(String(status ?? 503))
    if (amount !== undefined && amount !== 1) words.push(`${Math.round(amount * 1000) / 10}%`)
  }
  return words.join(' ')
}
