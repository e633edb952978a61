/** Why a request is traced; the version digit of its request id (a UUID) carries it to other proxies. */
export type TraceReason = 'not-traceable' | 'sampling' | 'service-forced' | 'client-forced'

const UUID_LENGTH = 36
const PLACE = 14
const DIGITS: Readonly<Record<TraceReason, string>> = {
  'not-traceable': '4',
  sampling: '9',
  'service-forced': 'a',
  'client-forced': 'b',
}

const REASONS: ReadonlyMap<string, TraceReason> = new Map(
  Object.entries(DIGITS).map(([reason, digit]) => [digit, reason as TraceReason]),
)

/** The first eight hex digits of a request id as a number: what proxies on the way agree on. -1: it has none. */
export function requestIdNumber(requestId: string): number {
  return /^[0-9a-fA-F]{8}/.test(requestId) ? Number.parseInt(requestId.slice(0, 8), 16) : -1
}

/** Why a request is traced, as its id says; `not-traceable` of what is no UUID. */
export function traceReasonOf(requestId: string): TraceReason {
  if (requestId.length !== UUID_LENGTH) return 'not-traceable'
  return REASONS.get(requestId[PLACE]!) ?? 'not-traceable'
}

/** An id that is no UUID stays what it is. */
export function withTraceReason(requestId: string, reason: TraceReason): string {
  if (requestId.length !== UUID_LENGTH) return requestId
  return requestId.slice(0, PLACE) + DIGITS[reason] + requestId.slice(PLACE + 1)
}
