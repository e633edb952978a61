import type { Span } from '@nuncio/core'
import type { AuthzAnswer } from './answer.ts'

const STATUSES = { ok: 'ext_authz_ok', denied: 'ext_authz_unauthorized', error: 'ext_authz_error' } as const

/** Says on the span of a call what the service decided, and ends it. */
export function endAuthzSpan(span: Span, { verdict }: AuthzAnswer): void {
  span.setAttribute('ext_authz_status', STATUSES[verdict])
  span.end()
}
