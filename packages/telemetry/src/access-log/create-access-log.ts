import {
  type AccessLogFilter,
  type AccessLogFilterOptions,
  compileAccessLogFilter,
  type Finding,
  type FormatContext,
  type Report,
} from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import * as builtin from '../access-loggers/registry.ts'
import type { AccessLogger, AccessLoggerContext, AccessLoggerDefinition } from './contracts.ts'

/** The access loggers that nuncio comes with. */
export const builtinAccessLoggers = Object.values(builtin) as readonly AccessLoggerDefinition[]

/** What an access log is made with. */
export interface AccessLogOptions extends AccessLoggerContext, Omit<AccessLogFilterOptions, 'report'> {
  /** The kinds of loggers there are; `builtinAccessLoggers` by default. */
  readonly loggers?: readonly AccessLoggerDefinition[]
}

/** Makes the logger of one `access_log` entry, with its filter. Undefined after reporting what is wrong. */
export function createAccessLog(
  config: Message<'envoy.config.accesslog.v3.AccessLog'>,
  options: AccessLogOptions,
): AccessLogger | undefined {
  const { report, loggers = builtinAccessLoggers } = options
  const type = config.typed_config?.['@type']
  const definition = loggers.find((each) => each.config.type === type)
  if (definition === undefined) {
    const message = `nuncio does not have the access logger ${type ?? config.name ?? ''}`
    const hint = `there are ${loggers.map((each) => each.name).join(', ')}`
    report({ code: 'unsupported', path: 'typed_config', message, hint, node: config, field: 'typed_config' })
    return undefined
  }
  const findings: Finding[] = []
  const collect = below('', findings, report)
  const filter =
    config.filter === undefined ? undefined : compileAccessLogFilter(config.filter, { ...options, report: collect })
  const context = { ...options, report: below('typed_config.', findings, report) }
  const logger = definition.create(config.typed_config, context)
  if (logger === undefined) return undefined
  if (findings.length > 0) {
    void logger.close()
    return undefined
  }
  return filter === undefined ? logger : new FilteredLogger(filter, logger)
}

function below(prefix: string, findings: Finding[], report: Report): Report {
  return (finding) => {
    findings.push(finding)
    report({ ...finding, path: prefix + finding.path })
  }
}

class FilteredLogger implements AccessLogger {
  readonly #filter: AccessLogFilter
  readonly #logger: AccessLogger

  constructor(filter: AccessLogFilter, logger: AccessLogger) {
    this.#filter = filter
    this.#logger = logger
  }

  log(context: FormatContext): void {
    if (this.#filter(context)) this.#logger.log(context)
  }
  flush(): Promise<void> {
    return this.#logger.flush()
  }
  close(): Promise<void> {
    return this.#logger.close()
  }
}
