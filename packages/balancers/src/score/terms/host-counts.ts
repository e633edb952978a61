import type { ScoreTerm, ScoreTermDefinition } from '../term.ts'

type Measure = ScoreTerm['measure']

/** Terms that read one number of a host as it stands. */
function reading(name: string, description: string, measure: Measure): ScoreTermDefinition {
  return { name, description, create: () => ({ measure }) }
}

export const activeRequests = reading(
  'active_requests',
  'requests in flight',
  (host, _slot, _context, out) => void (out[0] = host.stats.rqActive),
)
export const activeConnections = reading(
  'active_connections',
  'open connections',
  (host, _slot, _context, out) => void (out[0] = host.stats.cxActive),
)
export const pendingRequests = reading(
  'pending_requests',
  'requests that wait for a connection',
  (host, _slot, _context, out) => void (out[0] = host.stats.rqPending),
)
export const inverseWeight = reading(
  'inverse_weight',
  '1 ÷ the configured weight',
  (host, _slot, _context, out) => void (out[0] = 1 / host.weight),
)
export const outstandingCost = reading(
  'outstanding_cost',
  'cost units in flight, as filters set them',
  (host, _slot, _context, out) => void (out[0] = host.stats.outstandingCost),
)
/** The same under the name that users of language models look for. */
export const outstandingTokens = reading(
  'outstanding_tokens',
  'tokens in flight, as filters set them',
  (host, _slot, _context, out) => void (out[0] = host.stats.outstandingCost),
)
