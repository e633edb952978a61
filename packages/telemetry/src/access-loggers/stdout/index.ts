import { formatHonours } from '@nuncio/access-log'
import { envoyMessage, type Message } from '@nuncio/config'
import type { AccessLoggerDefinition } from '../../access-log/contracts.ts'
import { lineLogger } from '../../access-log/line-logger.ts'
import { logFormat } from '../../access-log/log-format.ts'

/** `envoy.access_loggers.stdout`: lines on standard output. */
export const stdoutAccessLog: AccessLoggerDefinition<
  Message<'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'>
> = {
  name: 'envoy.access_loggers.stdout',
  config: envoyMessage('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog': '*',
    ...formatHonours,
  }),
  stability: 'stable',
  create: (config, context) =>
    lineLogger(
      logFormat(config.log_format, context),
      { path: '/dev/stdout', node: config, field: 'log_format' },
      context,
    ),
}
