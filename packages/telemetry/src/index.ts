export type { AccessLogger, AccessLoggerContext, AccessLoggerDefinition } from './access-log/contracts.ts'
export { type AccessLogOptions, builtinAccessLoggers, createAccessLog } from './access-log/create-access-log.ts'
export { type FileStats, fileStats } from './files/file-stats.ts'
export { LogFile, type LogFileOptions } from './files/log-file.ts'
export { LogFiles, type LogFilesOptions } from './files/log-files.ts'
export { compileLogPattern, DEFAULT_LOG_FORMAT, type LogRecord } from './logging/line-pattern.ts'
export { fileSink, type LineSink, standardErrorSink } from './logging/line-sink.ts'
export {
  ComponentLogger,
  LOG_LEVELS,
  parseComponentLevels,
  parseLevel,
  RootLogger,
  type RootLoggerOptions,
} from './logging/root-logger.ts'
export type {
  HistogramValue,
  StatsSink,
  StatsSinkContext,
  StatsSinkDefinition,
  StatsSnapshot,
  StatValue,
  TaggedName,
} from './stats/contracts.ts'
export { builtinStatsSinks, createStatsSink, type StatsSinkOptions } from './stats/create-stats-sink.ts'
export type {
  TracedProxy,
  TracingProvider,
  TracingProviderContext,
  TracingProviderDefinition,
} from './tracing/contracts.ts'
export { builtinTracingProviders, createTracingProvider } from './tracing/create-tracing-provider.ts'
export { StatsFlusher, type StatsFlusherOptions } from './stats/stats-flusher.ts'
