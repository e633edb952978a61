import { compileFormat, compileSubstitutionFormat, DEFAULT_FORMAT, type Formatter } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { AccessLoggerContext } from './contracts.ts'

/** The formatter of a logger's `log_format`; Envoy's default line when there is none. */
export function logFormat(
  config: Message<'envoy.config.core.v3.SubstitutionFormatString'> | undefined,
  context: AccessLoggerContext,
): Formatter | undefined {
  if (config === undefined) return defaultFormat(context)
  const { environment, report, readFile } = context
  const inner = {
    environment,
    readFile,
    report: (finding: Parameters<typeof report>[0]) => report({ ...finding, path: `log_format.${finding.path}` }),
  }
  return compileSubstitutionFormat(config, inner)?.formatter
}

export function defaultFormat(context: AccessLoggerContext): Formatter | undefined {
  const compiled = compileFormat(DEFAULT_FORMAT, { environment: context.environment })
  return compiled.ok ? compiled.formatter : undefined
}
