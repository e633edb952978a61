import { WorkerServer } from '@nuncio/server'
import { enableCompileCache } from 'node:module'
import type { Values } from './cli/arguments.ts'
import { serverOptions } from './cli/server-options.ts'
import { loadFilters } from './filters/load-filters.ts'
import { processPort } from './workers/process-port.ts'

// One of several workers; the process that started it tells it what to serve.
enableCompileCache()
const worker = new WorkerServer(processPort(process), async ({ values }) => {
  const { filter }: Values = values
  return { ...serverOptions(values), httpFilters: await loadFilters(filter ?? []) }
})

/** Ends behind what is under way; the primary sees it, and replaces the worker if it was not meant to end. */
const leave = (): void => void worker.leave().then(() => process.exit(0))

process.on('disconnect', leave)
process.on('SIGTERM', leave)
// A terminal sends these to all processes at once: the primary says what they mean.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
