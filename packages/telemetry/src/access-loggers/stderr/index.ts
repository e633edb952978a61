import { formatHonours } from '@nuncio/access-log'
import { envoyMessage, type Message } from '@nuncio/config'
import type { AccessLoggerDefinition } from '../../access-log/contracts.ts'
import { lineLogger } from '../../access-log/line-logger.ts'
import { logFormat } from '../../access-log/log-format.ts'

/** `envoy.access_loggers.stderr`: lines on standard error. */
export const stderrAccessLog: AccessLoggerDefinition<
  Message<'envoy.extensions.access_loggers.stream.v3.StderrAccessLog'>
> = {
  name: 'envoy.access_loggers.stderr',
  config: envoyMessage('envoy.extensions.access_loggers.stream.v3.StderrAccessLog', {
    'envoy.extensions.access_loggers.stream.v3.StderrAccessLog': '*',
    ...formatHonours,
  }),
  stability: 'stable',
  create: (config, context) =>
    lineLogger(
      logFormat(config.log_format, context),
      { path: '/dev/stderr', node: config, field: 'log_format' },
      context,
    ),
}
