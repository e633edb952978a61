import { decode, type Message } from '@nuncio/config'
import { latin1Text } from '@nuncio/core'
import { lowerAscii, wireText } from '@nuncio/matching'

type Response = Message<'envoy.service.ratelimit.v3.RateLimitResponse'>
type Lines = readonly (readonly [string, string])[]

/** What the service knows of one descriptor. */
export type LimitStatus = Message<'envoy.service.ratelimit.v3.RateLimitResponse.DescriptorStatus'>

/** What a rate limit service decided. */
export interface LimitAnswer {
  /** `error`: there is no decision. */
  readonly verdict: 'ok' | 'over' | 'error'
  /** In the order of the descriptors. */
  readonly statuses: readonly LimitStatus[]
  readonly requestHeaders: Lines
  readonly responseHeaders: Lines
  readonly body: Uint8Array
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

/** The service could not be asked, or did not answer. */
export const NO_LIMIT_ANSWER: LimitAnswer = {
  verdict: 'error',
  statuses: [],
  requestHeaders: [],
  responseHeaders: [],
  body: new Uint8Array(0),
  metadata: undefined,
}

/** Reads a `RateLimitResponse`; what is none, or says neither yes nor no, is no answer. */
export function readLimitResponse(bytes: Uint8Array): LimitAnswer {
  const response = decode('envoy.service.ratelimit.v3.RateLimitResponse', bytes)
  const code = response?.overall_code
  if (response === undefined || (code !== 'OK' && code !== 'OVER_LIMIT')) return NO_LIMIT_ANSWER
  const requestHeaders = linesOf(response.request_headers_to_add)
  const responseHeaders = linesOf(response.response_headers_to_add)
  if (requestHeaders === undefined || responseHeaders === undefined) return NO_LIMIT_ANSWER
  return {
    verdict: code === 'OK' ? 'ok' : 'over',
    statuses: response.statuses ?? [],
    requestHeaders,
    responseHeaders,
    body: response.raw_body ?? NO_LIMIT_ANSWER.body,
    metadata: response.dynamic_metadata,
  }
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const BAD_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]/

/** Undefined: one of them could not stand in a header. */
function linesOf(headers: Response['request_headers_to_add']): Lines | undefined {
  const lines = (headers ?? []).map(({ key = '', value = '', raw_value: raw }): [string, string] => [
    lowerAscii(wireText(key)),
    raw !== undefined && raw.length > 0 ? latin1Text(raw) : wireText(value),
  ])
  return lines.every(([name, value]) => NAME.test(name) && !BAD_VALUE.test(value)) ? lines : undefined
}
