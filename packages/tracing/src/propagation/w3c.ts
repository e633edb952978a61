import type { HeaderMap } from '@nuncio/core'
import { isHex, isZero } from '../span/ids.ts'

/** A trace that a request belongs to already, as its headers say. */
export interface RemoteContext {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string
  /** Undefined: the sender leaves that to us. */
  readonly sampled: boolean | undefined
  /** As `SpanIdentity.baggage`. */
  readonly baggage: string
}

const LENGTH = 55

/** The `traceparent` and `tracestate` of a request (W3C Trace Context). Undefined: there is none. `bad`: it makes no sense. */
export function extractW3c(headers: HeaderMap): RemoteContext | 'bad' | undefined {
  const text = headers.get('traceparent')
  return text === undefined ? undefined : (parseTraceparent(text, headers) ?? 'bad')
}

function parseTraceparent(text: string, headers: HeaderMap): RemoteContext | undefined {
  if (text.length !== LENGTH || text[2] !== '-' || text[35] !== '-' || text[52] !== '-') return undefined
  const traceId = text.slice(3, 35)
  const spanId = text.slice(36, 52)
  const flags = text.slice(53)
  if (!isHex(text.slice(0, 2)) || !isHex(traceId) || !isHex(spanId) || !isHex(flags)) return undefined
  if (isZero(traceId) || isZero(spanId)) return undefined
  return {
    traceId: traceId.toLowerCase(),
    spanId: spanId.toLowerCase(),
    parentId: '',
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    baggage: headers.getJoined('tracestate') ?? '',
  }
}

/** A 64-bit trace id is filled up with zeros on the left. */
export function injectW3c(traceId: string, spanId: string, sampled: boolean, headers: HeaderMap): void {
  headers.set('traceparent', `00-${traceId.padStart(32, '0')}-${spanId}-${sampled ? '01' : '00'}`)
}
