export type { AccessLog } from './access-log.ts'
export { type AccessLogType, type FormatContext, formatContext, type FormatEnvironment } from './context.ts'
export {
  type AccessLogFilter,
  type AccessLogFilterOptions,
  compileAccessLogFilter,
} from './filters/access-log-filter.ts'
export type { AccessLogMatchers } from './filters/matching-filters.ts'
export type { Finding, Report } from './finding.ts'
export { DEFAULT_FORMAT } from './format/default-format.ts'
export {
  type CompiledFormat,
  compileFormat,
  type FormatExtensions,
  type FormatOptions,
  type FormatProblem,
  type Formatter,
} from './format/format.ts'
export { compileTimeFormat, isoTime, type TimeFormat } from './format/strftime.ts'
export { accessLogHonours, formatHonours } from './honours.ts'
export { type CompiledJsonFormat, compileJsonFormat, type JsonFormatProblem } from './json/json-format.ts'
export { maskAddress } from './operators/mask.ts'
export {
  compileFormatters,
  compileSubstitutionFormat,
  compileTextFormat,
  type SubstitutionFormat,
  type SubstitutionOptions,
} from './substitution/substitution-format.ts'
