import { type AdminEndpoint, textResponse } from '@nuncio/admin'
import type { Logger } from '@nuncio/core'
import { workerBalancers } from './balancers.ts'
import type { Worker } from './supervisor.ts'

export interface PrimaryEndpointParts {
  readonly serving: () => readonly Worker[]
  readonly restartWorkers: () => Promise<void>
  readonly handOver: () => Promise<void>
  readonly logger: Logger
}

/** What the admin of several workers has beside that of one. */
export function primaryEndpoints({ serving, restartWorkers, handOver, logger }: PrimaryEndpointParts): AdminEndpoint[] {
  const restartHelp = 'replace all workers, one after the other, without losing a request'
  return [
    ...workerBalancers(serving, logger),
    postEndpoint('/workers/restart', restartHelp, restartWorkers),
    postEndpoint('/hot_restart', 'start the program anew and hand everything over to it', handOver),
  ]
}

/** An endpoint that does something which may fail without harm. */
function postEndpoint(path: string, help: string, act: () => Promise<void>): AdminEndpoint {
  return {
    path,
    help,
    mutates: true,
    handle: async () => {
      try {
        await act()
        return textResponse('OK\n')
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        return textResponse(`it failed, and all is as it was: ${message}\n`, 503)
      }
    },
  }
}
