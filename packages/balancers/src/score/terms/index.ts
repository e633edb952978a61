import type { ScoreTermDefinition } from '../term.ts'
import { affinity } from './affinity.ts'
import { errorRate } from './error-rate.ts'
import {
  activeConnections,
  activeRequests,
  inverseWeight,
  outstandingCost,
  outstandingTokens,
  pendingRequests,
} from './host-counts.ts'
import { latencyEwma } from './latency-ewma.ts'
import { localityDistance } from './locality-distance.ts'
import { turn } from './turn.ts'
import { utilization } from './utilization.ts'

/** Every term that comes with nuncio. */
export const builtinScoreTerms: readonly ScoreTermDefinition[] = [
  activeConnections,
  activeRequests,
  affinity,
  errorRate,
  inverseWeight,
  latencyEwma,
  localityDistance,
  outstandingCost,
  outstandingTokens,
  pendingRequests,
  turn,
  utilization,
]
