import { compileJsonFormat, compileTextFormat, formatHonours, type Formatter } from '@nuncio/access-log'
import { envoyMessage, type JsonObject, type Message } from '@nuncio/config'
import type { AccessLogger, AccessLoggerContext, AccessLoggerDefinition } from '../../access-log/contracts.ts'
import { lineLogger } from '../../access-log/line-logger.ts'
import { defaultFormat, logFormat } from '../../access-log/log-format.ts'

type FileAccessLog = Message<'envoy.extensions.access_loggers.file.v3.FileAccessLog'>

/** `envoy.access_loggers.file`: lines appended to a file, or to `/dev/stdout` and `/dev/stderr`. */
export const fileAccessLog: AccessLoggerDefinition<FileAccessLog> = {
  name: 'envoy.access_loggers.file',
  config: envoyMessage('envoy.extensions.access_loggers.file.v3.FileAccessLog', {
    'envoy.extensions.access_loggers.file.v3.FileAccessLog': '*',
    ...formatHonours,
  }),
  stability: 'stable',
  create,
}

function create(config: FileAccessLog, context: AccessLoggerContext): AccessLogger | undefined {
  return lineLogger(formatterOf(config, context), { path: config.path ?? '', node: config, field: 'path' }, context)
}

function formatterOf(config: FileAccessLog, context: AccessLoggerContext): Formatter | undefined {
  const { environment, report } = context
  if (config.log_format !== undefined) return logFormat(config.log_format, context)
  if (config.format !== undefined && config.format !== '') {
    return compileTextFormat(config.format, { node: config, field: 'format' }, { environment }, report)
  }
  if (config.json_format !== undefined) return oldJson(config.json_format, 'json_format', context)
  if (config.typed_json_format !== undefined) return oldJson(config.typed_json_format, 'typed_json_format', context)
  return defaultFormat(context)
}

/** The fields that `log_format` replaced. */
function oldJson(format: JsonObject, field: string, context: AccessLoggerContext): Formatter | undefined {
  const compiled = compileJsonFormat(format, { environment: context.environment })
  if (compiled.ok) return compiled.formatter
  for (const { code, message, path } of compiled.problems) {
    const place = [field, ...path].join('.')
    context.report({ code, message, path: place, hint: '', node: format, field: path[0] ?? '' })
  }
  return undefined
}
