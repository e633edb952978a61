import type { Message } from '@nuncio/config'
import type { StreamInfo } from '@nuncio/core'
import { metadataValue } from '@nuncio/matching'
import type { RateLimitOverride } from './contracts.ts'

const UNITS = new Set(['UNKNOWN', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'MONTH', 'YEAR'])

/** Reads a limit out of a stream's dynamic metadata. */
export interface LimitOverride {
  /** Undefined when the metadata hold no such limit. */
  of(info: StreamInfo): RateLimitOverride | undefined
}

/** Compiles `limit`: a struct in dynamic metadata with the fields `requests_per_unit` and `unit`. */
export function compileLimitOverride(
  config: Message<'envoy.config.route.v3.RateLimit.Override'>,
): LimitOverride | undefined {
  const key = config.dynamic_metadata?.metadata_key
  if (key === undefined) return undefined
  const namespace = key.key ?? ''
  const path = (key.path ?? []).map((segment) => segment.key ?? '')
  return { of: (info) => limitIn(metadataValue(info.metadata, namespace, path)) }
}

function limitIn(value: unknown): RateLimitOverride | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { requests_per_unit: requests, unit } = value as { requests_per_unit?: unknown; unit?: unknown }
  if (typeof requests !== 'number' || typeof unit !== 'string' || !UNITS.has(unit)) return undefined
  return { requestsPerUnit: Math.trunc(requests), unit: unit as RateLimitOverride['unit'] }
}
