import type { HeaderMap } from '@nuncio/core'
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
  REQUEST_HEADERS_BYTES: numberOf((context) => byteSize(context.request, REQUEST_PSEUDO)),
  RESPONSE_HEADERS_BYTES: numberOf((context) => byteSize(context.response, RESPONSE_PSEUDO)),
  RESPONSE_TRAILERS_BYTES: numberOf((context) => byteSize(context.responseTrailers, [])),
}

const REQUEST_PSEUDO = [':authority', ':path', ':method', ':scheme', ':protocol']
const RESPONSE_PSEUDO = [':status']

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

/** Names and values, without separators, as Envoy counts an uncompressed header block. */
function byteSize(headers: Headers, pseudo: readonly string[]): number {
  if (headers === undefined) return 0
  let bytes = 0
  for (const name of pseudo) {
    const value = headers.get(name)
    if (value !== undefined) bytes += name.length + value.length
  }
  headers.forEach((name, value) => {
    bytes += name.length + value.length
  })
  return bytes
}
