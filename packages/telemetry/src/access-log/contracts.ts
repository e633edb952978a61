import type { FormatContext, FormatEnvironment, Report } from '@nuncio/access-log'
import type { MessageSchema } from '@nuncio/config'
import type { LogFiles } from '../files/log-files.ts'

/** Writes finished streams down. `log` never throws and never waits. */
export interface AccessLogger {
  log(context: FormatContext): void
  /** Settles when what was logged is written, or lost. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** What a logger's configuration is given when it loads. */
export interface AccessLoggerContext {
  readonly files: LogFiles
  readonly environment: FormatEnvironment
  readonly report: Report
  /** Reads a file that a format's `text_format_source` names; throws when it cannot. */
  readonly readFile?: ((path: string) => Uint8Array) | undefined
}

/** One kind of access logger, as a registry holds it. */
export interface AccessLoggerDefinition<C = unknown> {
  /** `envoy.access_loggers.file` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Undefined after reporting what is wrong. */
  create(config: C, context: AccessLoggerContext): AccessLogger | undefined
}
