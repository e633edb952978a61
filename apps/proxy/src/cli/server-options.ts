import { type Logger, NuncioError } from '@nuncio/core'
import { machineAddress, type ServerOptions } from '@nuncio/server'
import type { Values } from './arguments.ts'
import { makeLogger } from './logger.ts'
import { milliseconds, seconds } from './seconds.ts'
import { VERSION } from './version.ts'

/** What the flags say about how to serve; the configuration itself is read elsewhere. */
export function serverOptions(
  values: Values,
): ServerOptions & { readonly logger: Logger; readonly drainTimeMs: number } {
  const flushInterval = values['file-flush-interval-msec']
  return {
    file: values['config-path'] ?? '--config-yaml',
    mergeYaml: values['config-yaml'],
    allowUnsupported: values['allow-unsupported'] ?? false,
    allowUnknownFields: values['allow-unknown-static-fields'] ?? false,
    logger: makeLogger(values),
    version: VERSION,
    commandLine: values,
    adminHosts: values['admin-host'] ?? [],
    node: {
      cluster: values['service-cluster'],
      id: values['service-node'],
      zone: values['service-zone'],
      address: machineAddress(ipVersion(values['local-address-ip-version'])),
    },
    ...(flushInterval !== undefined && { logFlushIntervalMs: milliseconds('file-flush-interval-msec', flushInterval) }),
    drainTimeMs: 1000 * seconds('drain-time-s', values['drain-time-s'], 600),
    drainStrategy: drainStrategy(values['drain-strategy']),
  }
}

function ipVersion(text: string | undefined): 4 | 6 {
  if (text === undefined || text === 'v4') return 4
  if (text === 'v6') return 6
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--local-address-ip-version ${text} is neither v4 nor v6`)
}

function drainStrategy(text: string | undefined): 'gradual' | 'immediate' {
  if (text === undefined || text === 'gradual' || text === 'immediate') return text ?? 'gradual'
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--drain-strategy ${text} is neither gradual nor immediate`)
}
