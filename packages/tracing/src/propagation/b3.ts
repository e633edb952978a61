import type { HeaderMap } from '@nuncio/core'
import { isHex } from '../span/ids.ts'
import type { RemoteContext } from './w3c.ts'

/** The baggage of a context that came in the one header `b3`: it goes on in the same form. */
const SINGLE_B3 = 'single'

/** What headers say of a trace in B3; without ids only whether to sample. Undefined: nothing. `bad`: they make no sense. */
export type B3Context = RemoteContext | { readonly sampled: boolean; readonly baggage: string }

/** The trace of a request by `b3`, or else by `x-b3-traceid` and its companions. */
export function extractB3(headers: HeaderMap): B3Context | 'bad' | undefined {
  const single = headers.get('b3')
  return single === undefined ? extractMulti(headers) : (parseSingle(single) ?? 'bad')
}

/** `1`, `traceid-spanid`, `traceid-spanid-1` or `traceid-spanid-1-parentid`. */
function parseSingle(text: string): B3Context | undefined {
  if (text.length === 1) {
    const sampled = flagOf(text)
    return sampled === undefined ? undefined : { sampled, baggage: SINGLE_B3 }
  }
  const [traceId = '', spanId = '', flag, parentId = '', ...more] = text.split('-')
  if (!isTraceId(traceId) || !isSpanId(spanId) || more.length > 0) return undefined
  if (parentId !== '' && !isSpanId(parentId)) return undefined
  const sampled = flag === undefined ? undefined : flagOf(flag)
  if (flag !== undefined && sampled === undefined) return undefined
  return { traceId, spanId, parentId, sampled, baggage: SINGLE_B3 }
}

/** `d`, debug, is sampled. */
function flagOf(text: string): boolean | undefined {
  if (text === '0') return false
  return text === '1' || text === 'd' ? true : undefined
}

function isTraceId(text: string): boolean {
  return (text.length === 16 || text.length === 32) && isHex(text)
}
function isSpanId(text: string): boolean {
  return text.length === 16 && isHex(text)
}

function extractMulti(headers: HeaderMap): B3Context | 'bad' | undefined {
  const flag = headers.get('x-b3-sampled')
  const sampled = flag === undefined ? undefined : flag === '1' || flag === 'true'
  const traceId = headers.get('x-b3-traceid')
  const spanId = headers.get('x-b3-spanid')
  if (traceId === undefined || spanId === undefined) return sampled === undefined ? undefined : { sampled, baggage: '' }
  const parentId = headers.get('x-b3-parentspanid') ?? ''
  if (!isShort(traceId, 32) || !isShort(spanId, 16) || (parentId !== '' && !isShort(parentId, 16))) return 'bad'
  return {
    traceId: traceId.padStart(traceId.length > 16 ? 32 : 16, '0'),
    spanId: spanId.padStart(16, '0'),
    parentId: parentId === '' ? '' : parentId.padStart(16, '0'),
    sampled,
    baggage: '',
  }
}

/** Leading zeros may be left out. */
function isShort(text: string, length: number): boolean {
  return text.length <= length && isHex(text)
}

/** Puts a context into headers, in the form in which it came. */
export function injectB3(
  id: { readonly traceId: string; readonly spanId: string; readonly parentId: string; readonly baggage: string },
  sampled: boolean,
  headers: HeaderMap,
): void {
  const { traceId, spanId, parentId } = id
  const flag = sampled ? '1' : '0'
  if (id.baggage === SINGLE_B3) {
    headers.set('b3', `${traceId}-${spanId}-${flag}${parentId === '' ? '' : `-${parentId}`}`)
    return
  }
  headers.set('x-b3-traceid', traceId)
  headers.set('x-b3-spanid', spanId)
  if (parentId === '') headers.remove('x-b3-parentspanid')
  else headers.set('x-b3-parentspanid', parentId)
  headers.set('x-b3-sampled', flag)
}
