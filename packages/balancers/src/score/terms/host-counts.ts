import type { Host } from '@nuncio/cluster'
import type { ScoreTermDefinition } from '../term.ts'

/** Terms that read one number of a host as it stands. */
function reading(name: string, description: string, value: (host: Host) => number): ScoreTermDefinition {
  return { name, description, create: () => ({ value }) }
}

export const activeRequests = reading('active_requests', 'requests in flight', (host) => host.stats.rqActive)
export const activeConnections = reading('active_connections', 'open connections', (host) => host.stats.cxActive)
export const pendingRequests = reading('pending_requests', 'requests that wait for a connection', (host) => host.stats.rqPending)
export const inverseWeight = reading('inverse_weight', '1 ÷ the configured weight', (host) => 1 / host.weight)
export const outstandingCost = reading('outstanding_cost', 'cost units in flight, as filters set them', (host) => host.stats.outstandingCost)
/** The same under the name that users of language models look for. */
export const outstandingTokens = reading('outstanding_tokens', 'tokens in flight, as filters set them', (host) => host.stats.outstandingCost)
