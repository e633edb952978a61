import type { EnumName, Message } from '@nuncio/config'
import { Flag, type RandomGenerator, type ResponseFlag, type Runtime, type TimeSource } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import type { Report } from '../finding.ts'
import { grpcStatus } from '../operators/grpc-status.ts'
import { extensionFilter } from './extension-filter.ts'
import { type AccessLogMatchers, headerFilter, metadataFilter } from './matching-filters.ts'
import { durationFilter, statusFilter } from './comparison.ts'
import { runtimeFilter, traceableFilter } from './sampling.ts'

export type FilterConfig = Message<'envoy.config.accesslog.v3.AccessLogFilter'>

/** Whether a stream is logged. */
export type AccessLogFilter = (context: FormatContext) => boolean

/** What filters of access logs judge by, and where what is wrong with their configuration goes. */
export interface AccessLogFilterOptions {
  readonly report: Report
  readonly runtime: Runtime
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly matchers: AccessLogMatchers
}

/** Compiles an `AccessLogFilter`. What is wrong is reported, and compiles to a filter that lets everything through. */
export function compileAccessLogFilter(
  config: FilterConfig,
  options: AccessLogFilterOptions,
  path = 'filter',
): AccessLogFilter {
  const {
    status_code_filter: status,
    duration_filter: duration,
    header_filter: header,
    metadata_filter: metadata,
  } = config
  if (status !== undefined) return statusFilter(status.comparison, options.runtime)
  if (duration !== undefined) return durationFilter(duration.comparison, options.runtime, options.time)
  if (config.not_health_check_filter !== undefined) return (context) => !context.info.healthCheck
  if (config.traceable_filter !== undefined) return traceableFilter
  if (config.runtime_filter !== undefined) return runtimeFilter(config.runtime_filter, options.runtime, options.random)
  if (config.and_filter !== undefined) return all(partsOf(config.and_filter.filters, options, `${path}.and_filter`))
  if (config.or_filter !== undefined) return some(partsOf(config.or_filter.filters, options, `${path}.or_filter`))
  if (header !== undefined) return headerFilter(header, options.matchers, `${path}.header_filter`)
  if (config.response_flag_filter !== undefined) return flagFilter(config.response_flag_filter, options.report, path)
  if (config.grpc_status_filter !== undefined) return grpcFilter(config.grpc_status_filter)
  if (metadata !== undefined) return metadataFilter(metadata, options.matchers, `${path}.metadata_filter`)
  if (config.log_type_filter !== undefined) return typeFilter(config.log_type_filter)
  if (config.extension_filter !== undefined) return extensionFilter(config.extension_filter, options.report, path)
  return () => true
}

function partsOf(
  filters: readonly FilterConfig[] | undefined,
  options: AccessLogFilterOptions,
  path: string,
): readonly AccessLogFilter[] {
  return (filters ?? []).map((filter, i) => compileAccessLogFilter(filter, options, `${path}.filters[${i}]`))
}

function all(parts: readonly AccessLogFilter[]): AccessLogFilter {
  return (context) => {
    for (const part of parts) if (!part(context)) return false
    return true
  }
}

function some(parts: readonly AccessLogFilter[]): AccessLogFilter {
  return (context) => {
    for (const part of parts) if (part(context)) return true
    return false
  }
}

/** One of the flags, or any at all when none is named. */
function flagFilter(
  config: Message<'envoy.config.accesslog.v3.ResponseFlagFilter'>,
  report: Report,
  path: string,
): AccessLogFilter {
  let bits = 0
  config.flags?.forEach((flag, i) => {
    const bit = (Flag as Readonly<Record<string, number>>)[flag as ResponseFlag]
    if (bit !== undefined) bits |= bit
    else {
      const message = `there is no response flag "${flag}"`
      report({
        code: 'unknown-flag',
        path: `${path}.response_flag_filter.flags[${i}]`,
        message,
        hint: '',
        node: config.flags!,
        field: i,
      })
    }
  })
  return bits === 0 ? (context) => context.info.flags !== 0 : (context) => (context.info.flags & bits) !== 0
}

const STATUSES: readonly EnumName<'envoy.config.accesslog.v3.GrpcStatusFilter.Status'>[] = [
  'OK', 'CANCELED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE',
  'DATA_LOSS', 'UNAUTHENTICATED',
] // prettier-ignore

function grpcFilter(config: Message<'envoy.config.accesslog.v3.GrpcStatusFilter'>): AccessLogFilter {
  const wanted = new Set(config.statuses?.map((status) => STATUSES.indexOf(status)))
  const exclude = config.exclude === true
  return (context) => wanted.has(grpcStatus(context) ?? UNKNOWN) !== exclude
}

const UNKNOWN = STATUSES.indexOf('UNKNOWN')

function typeFilter(config: Message<'envoy.config.accesslog.v3.LogTypeFilter'>): AccessLogFilter {
  const wanted = new Set(config.types)
  const exclude = config.exclude === true
  return (context) => wanted.has(context.logType) !== exclude
}
