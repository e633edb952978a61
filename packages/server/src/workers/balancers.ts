import {
  type AdminEndpoint,
  type AdminResponse,
  balancerEndpoints,
  type BalancersView,
  textResponse,
} from '@nuncio/admin'
import type { Logger } from '@nuncio/core'
import { answerOf } from './answer-of.ts'
import type { Worker } from './supervisor.ts'

/** Nobody asks the primary: `workerBalancers` takes the place of what would. */
export const NO_BALANCERS: BalancersView = {
  names: () => [],
  describe: () => undefined,
  explain: () => 'the workers know',
  recentPicks: () => undefined,
  setWeights: () => 'the workers know',
}

/**
 * The endpoints about balancers, of which each worker has its own: what is asked is answered by the first that serves, what is
 * set goes to all.
 */
export function workerBalancers(serving: () => readonly Worker[], logger: Logger): AdminEndpoint[] {
  return balancerEndpoints(NO_BALANCERS).map((endpoint) => ({
    ...endpoint,
    async handle(request): Promise<AdminResponse> {
      const asked = endpoint.mutates ? serving() : serving().slice(0, 1)
      const [first] = await Promise.all(
        asked.map((worker) => answerOf(worker, worker.process.channel.ask('balancers', request), request.path, logger)),
      )
      return first ?? textResponse('no worker serves now\n', 503)
    },
  }))
}
