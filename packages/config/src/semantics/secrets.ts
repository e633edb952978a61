import type { SemanticRule } from './rule.ts'

const KINDS = ['tls_certificate', 'session_ticket_keys', 'validation_context', 'generic_secret'] as const

/** A secret of the bootstrap is of some kind. */
export const secrets: SemanticRule = {
  types: [],
  check(context) {
    for (const secret of context.bootstrap?.static_resources?.secrets ?? []) {
      if (KINDS.some((kind) => secret[kind] !== undefined || context.isWritten(secret, kind))) continue
      context.say('missing-field', 'error', secret, undefined, `a secret needs one of ${KINDS.join(', ')}`)
    }
  },
}
