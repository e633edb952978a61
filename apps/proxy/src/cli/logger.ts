import { type Logger, NuncioError } from '@nuncio/core'
import { NodeTime } from '@nuncio/server'
import { fileSink, parseComponentLevels, parseLevel, RootLogger, standardErrorSink } from '@nuncio/telemetry'
import type { Values } from './arguments.ts'

/** The process's log, as `-l`, `--component-log-level`, `--log-path` and `--log-format` say. */
export function makeLogger(values: Values): Logger {
  const level = parseLevel(values['log-level'] ?? 'info')
  if (level === undefined)
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--log-level ${values['log-level']!} is not a level`, {
      hint: 'trace, debug, info, warning, error, critical or off',
    })
  const components =
    values['component-log-level'] === undefined ? {} : parseComponentLevels(values['component-log-level'])
  if (typeof components === 'string')
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--component-log-level: ${components}`)
  return new RootLogger({
    time: new NodeTime(),
    sink: values['log-path'] === undefined ? standardErrorSink() : openLog(values['log-path']),
    level,
    componentLevels: components,
    format: values['log-format'],
    pid: process.pid,
  })
}

function openLog(path: string) {
  try {
    return fileSink(path)
  } catch (error) {
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `the log ${path} cannot be opened`, { cause: error })
  }
}
