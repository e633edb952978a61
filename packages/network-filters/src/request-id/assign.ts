import { type RequestHeaders, traceReasonOf, withTraceReason } from '@nuncio/core'
import type { RequestIdRules } from '@nuncio/tracing'
import { requestId } from './request-id.ts'

/** What a connection manager says about `x-request-id`. */
export interface RequestIdSettings {
  readonly generateRequestId: boolean
  readonly preserveExternalRequestId: boolean
}

/**
 * Sees to the `x-request-id` of a request and answers it; '' = it has none. `edge`: the request comes from outside, whose
 * id is replaced unless it is to be preserved, and whose word on tracing does not count.
 */
export function assignRequestId(
  headers: RequestHeaders,
  edge: boolean,
  { generateRequestId, preserveExternalRequestId }: RequestIdSettings,
  rules: RequestIdRules,
): string {
  const given = headers.get('x-request-id') ?? ''
  if (given !== '' && !(edge && !preserveExternalRequestId)) return edge ? withoutReason(headers, given, rules) : given
  if (!generateRequestId) return given
  const id = requestId()
  headers.set('x-request-id', id)
  return id
}

function withoutReason(headers: RequestHeaders, given: string, rules: RequestIdRules): string {
  if (!rules.packsReason || traceReasonOf(given) === 'not-traceable') return given
  const id = withTraceReason(given, 'not-traceable')
  if (id !== given) headers.set('x-request-id', id)
  return id
}
