import { type HeaderMap, requestHeaderBytes, responseHeaderBytes } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import { fault, numberOf, type OperatorFault, type OperatorTable, type ValueOf, withArgs } from './definition.ts'

type Headers = HeaderMap | undefined
type Source = (context: FormatContext) => Headers

const request: Source = (context) => context.request
const response: Source = (context) => context.response
const trailers: Source = (context) => context.responseTrailers

/** Operators that print header lines: `%REQ(X?Y):10%`, `%RESP(X)%`, `%TRAILER(X)%`, their long names, and sizes. */
export const headerOperators: OperatorTable = {
  REQ: withArgs('required', true, requestHeader),
  REQUEST_HEADER: withArgs('required', true, requestHeader),
  RESP: withArgs('required', true, (args) => headerOf(args, response)),
  RESPONSE_HEADER: withArgs('required', true, (args) => headerOf(args, response)),
  TRAILER: withArgs('required', true, (args) => headerOf(args, trailers)),
  RESPONSE_TRAILER: withArgs('required', true, (args) => headerOf(args, trailers)),
  REQUEST_HEADERS_BYTES: numberOf((context) => requestHeaderBytes(context.request)),
  RESPONSE_HEADERS_BYTES: numberOf((context) => responseHeaderBytes(context.response)),
  RESPONSE_TRAILERS_BYTES: numberOf((context) => responseHeaderBytes(context.responseTrailers)),
}

function requestHeader(args: string): ValueOf | OperatorFault {
  // The pseudo headers are fields of their own; most formats ask for several of them.
  if (args === ':METHOD' || args === ':method') return (context) => context.request?.method || undefined
  if (args === ':AUTHORITY' || args === ':authority') return (context) => context.request?.authority || undefined
  if (args === ':PATH' || args === ':path') return (context) => context.request?.path || undefined
  return headerOf(args, request)
}

function headerOf(args: string, source: Source): ValueOf | OperatorFault {
  const names = headerNames(args)
  if ('fault' in names) return names
  const { main, other } = names
  if (other === '') return (context) => source(context)?.get(main)
  return (context) => {
    const headers = source(context)
    return headers?.get(main) ?? headers?.get(other)
  }
}

/** A field name (RFC 9110 5.6.2), or a pseudo header. */
const HEADER_NAME = /^:?[!#$%&'*+.^_`|~0-9a-z-]*$/

/** `X?Y` as lower-case names; `other` is '' when there is none. */
export function headerNames(args: string): { main: string; other: string } | OperatorFault {
  const [main = '', other = '', ...more] = args.toLowerCase().split('?')
  if (more.length > 0) return fault(`"${args}" names more than one alternative header`)
  const bad = [main, other].find((name) => !HEADER_NAME.test(name))
  return bad === undefined ? { main, other } : fault(`"${bad}" is not a header name`)
}
