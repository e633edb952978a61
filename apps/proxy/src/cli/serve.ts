import { NuncioError } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { createServer, type Server, watchConfiguration } from '@nuncio/server'
import { writeFileSync } from 'node:fs'
import { loadFilters } from '../filters/load-filters.ts'
import type { Values } from './arguments.ts'
import { readInput } from './read-file.ts'
import { makeLogger } from './logger.ts'
import { printProblems } from './print-problems.ts'
import { untilStopped } from './signals.ts'
import { VERSION } from './version.ts'

/** What a command gives to the proxy beside flags. */
export interface ServeOptions {
  /** In place of those that `--filter` names. */
  readonly httpFilters?: readonly HttpFilterDefinition[]
  /** Called once, when it serves; `read` gives the configuration as it is now. */
  readonly onServing?: (server: Server, read: () => Uint8Array | string) => void
}

/** Runs the proxy as the flags say. Answers the exit code. */
export async function serve(values: Values, options: ServeOptions = {}): Promise<number> {
  const file = values['config-path']
  const logger = makeLogger(values)
  const mode = values.mode ?? 'serve'
  const watched = watches(values)
  const flushInterval = values['file-flush-interval-msec']
  const drainTimeMs = 1000 * seconds('drain-time-s', values['drain-time-s'], 600)
  const read = (): Uint8Array | string => (file === undefined ? '' : readInput(file))
  const server = await createServer(read(), {
    // Standard input can be read once.
    ...(file !== '-' && { read }),
    file: file ?? '--config-yaml',
    mergeYaml: values['config-yaml'],
    allowUnsupported: values['allow-unsupported'] ?? false,
    allowUnknownFields: values['allow-unknown-static-fields'] ?? false,
    validateOnly: mode === 'validate',
    httpFilters: options.httpFilters ?? (await loadFilters(values.filter ?? [])),
    logger,
    version: VERSION,
    commandLine: values,
    node: { cluster: values['service-cluster'], id: values['service-node'], zone: values['service-zone'] },
    ...(flushInterval !== undefined && { logFlushIntervalMs: Number(flushInterval) }),
    drainTimeMs,
    drainStrategy: drainStrategy(values['drain-strategy']),
    onProblems: (problems, texts) => printProblems(problems, texts),
  })
  if (mode === 'validate') {
    process.stdout.write(`configuration '${file ?? '--config-yaml'}' OK\n`)
    await server.close()
    return 0
  }
  if (values['admin-address-path'] !== undefined && server.admin !== undefined) {
    writeFileSync(values['admin-address-path'], `${server.admin.address}:${server.admin.port}`)
  }
  if (mode === 'init_only') {
    await server.close()
    return 0
  }
  if (Number(values.concurrency ?? 1) > 1) logger.log('warning', '--concurrency: there is one worker yet')
  if (watched) watchConfiguration(server, file!, { logger: logger.child('config') })
  options.onServing?.(server, read)
  return await untilStopped(server, drainTimeMs)
}

/** The file, unless it is standard input or its watch was declined. */
function watches({ 'config-path': file, watch, 'no-watch': declined }: Values): boolean {
  if (watch === true && declined === true)
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', '--watch and --no-watch are given both')
  return file !== undefined && file !== '-' && declined !== true
}

function seconds(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d+$/.test(text)) throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--${flag} ${text} is no number of seconds`)
  return Number(text)
}

function drainStrategy(text: string | undefined): 'gradual' | 'immediate' {
  if (text === undefined || text === 'gradual' || text === 'immediate') return text ?? 'gradual'
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--drain-strategy ${text} is neither gradual nor immediate`)
}
