import type { FormatContext } from '../context.ts'
import { fault, type OperatorFault, type OperatorTable, type ValueOf, withArgs } from './definition.ts'
import { headerNames } from './headers.ts'

type PathSource = (context: FormatContext) => string | undefined

const current: PathSource = (context) => context.request?.path || undefined
const original: PathSource = (context) => context.request?.get('x-envoy-original-path')

const SOURCES: Readonly<Record<string, PathSource>> = {
  PATH: current,
  ORIG: original,
  ORIG_OR_PATH: (context) => original(context) ?? current(context),
}

/** Operators about the path and its query. */
export const pathOperators: OperatorTable = {
  PATH: withArgs('optional', true, path),
  QUERY_PARAM: withArgs('required', true, (name) => (context) => queryParameter(current(context), name)),
  QUERY_PARAMS: withArgs('optional', true, queryParameters),
}

/** `%REQ_WITHOUT_QUERY(X?Y):Z%`, which a format has to ask for by its `formatters`. */
export const reqWithoutQuery = withArgs('required', true, (args) => {
  const names = headerNames(args)
  if ('fault' in names) return names
  return (context) => {
    const value =
      context.request?.get(names.main) ?? (names.other === '' ? undefined : context.request?.get(names.other))
    return value === undefined ? undefined : withoutQuery(value)
  }
})

function path(args: string): ValueOf | OperatorFault {
  const [query = '', which = ''] = args.split(':')
  if (!['', 'WQ', 'NQ'].includes(query)) return fault(`"${query}" is not WQ (with query) or NQ (without)`)
  const source = SOURCES[which === '' ? 'ORIG_OR_PATH' : which]
  if (source === undefined) return fault(`"${which}" is not ORIG, PATH or ORIG_OR_PATH`)
  if (query !== 'NQ') return source
  return (context) => {
    const value = source(context)
    return value === undefined ? undefined : withoutQuery(value)
  }
}

function queryParameters(args: string): ValueOf | OperatorFault {
  if (!['', 'ORIG', 'DECODED'].includes(args)) return fault(`"${args}" is not ORIG or DECODED`)
  const decoded = args === 'DECODED'
  return (context) => {
    const query = queryOf(current(context))
    return query === undefined || !decoded ? query : percentDecode(query)
  }
}

function withoutQuery(value: string): string {
  const mark = value.indexOf('?')
  return mark < 0 ? value : value.slice(0, mark)
}

/** What follows the question mark; undefined without one. */
function queryOf(value: string | undefined): string | undefined {
  const mark = value?.indexOf('?') ?? -1
  return mark < 0 ? undefined : value!.slice(mark + 1)
}

/** The first parameter of this name, percent-decoded. */
function queryParameter(value: string | undefined, name: string): string | undefined {
  const query = queryOf(value) ?? ''
  for (let at = 0; at < query.length;) {
    const end = query.indexOf('&', at)
    const pair = query.slice(at, end < 0 ? query.length : end)
    const equals = pair.indexOf('=')
    if (percentDecode(equals < 0 ? pair : pair.slice(0, equals)) === name) {
      return equals < 0 ? '' : percentDecode(pair.slice(equals + 1))
    }
    if (end < 0) break
    at = end + 1
  }
  return undefined
}

/** `%41` → `A`; what is not two hex digits stays. Bytes in, bytes out. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
