import type { Message } from '@nuncio/config'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import { formatOf } from '../headers/mutations.ts'
import { formatting } from '../headers/format-context.ts'
import type { RouteTableOptions } from '../options.ts'
import type { RateLimitStream } from './contracts.ts'

const MAX_HITS = 1e9

/** How many hits a request counts for. */
export interface Hits {
  /** -1: what the format gave is no such number, and the descriptor is not used. */
  count(stream: RateLimitStream): number
}

/** Compiles `hits_addend`; undefined, and a problem, when it cannot be. */
export function compileHits(
  config: Message<'envoy.config.route.v3.RateLimit.HitsAddend'>,
  place: ConfigPlace,
  options: RouteTableOptions,
): Hits | undefined {
  const { number, format = '' } = config
  if ((number === undefined) === (format === '')) {
    place.error('oneof-conflict', 'hits_addend needs a number or a format, and not both')
    return undefined
  }
  if (number !== undefined) return { count: () => number }
  const formatter = formatOf(format, place.at('format'), options)
  if (formatter === undefined) return undefined
  if (formatter.reads.length !== 1 || !isOneOperator(format)) {
    place.at('format').error('bad-format', `${quoted(format)} must be one operator, such as %BYTES_RECEIVED%`)
    return undefined
  }
  return {
    count: ({ info, requestHeaders }) => hitsIn(formatter.format(formatting(info, requestHeaders, undefined))),
  }
}

function isOneOperator(format: string): boolean {
  return format.startsWith('%') && format.endsWith('%') && !format.startsWith('%%')
}

function hitsIn(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text)
  return value >= 0 && value <= MAX_HITS ? Math.trunc(value) : -1
}
