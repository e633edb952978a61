import { type AccessLogFilterOptions, compileAccessLogFilter, compileFormat, compileJsonFormat, type FormatContext, type FormatEnvironment } from '@nuncio/access-log'
import type { JsonObject, Message, Problem } from '@nuncio/config'
import { latin1Bytes } from '@nuncio/core'
import type { LocalReplyMessage } from '@nuncio/filter-chain'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig'>
type Format = Message<'envoy.config.core.v3.SubstitutionFormatString'>
type HeaderOption = Message<'envoy.config.core.v3.HeaderValueOption'>

interface BodyFormat {
  readonly contentType: string
  format(context: FormatContext): string
}

interface Mapper {
  matches(context: FormatContext): boolean
  readonly status: number | undefined
  readonly body: Uint8Array | undefined
  readonly format: BodyFormat | undefined
  readonly headers: readonly HeaderOption[]
}

export interface LocalReplyEnvironment extends FormatEnvironment {
  readFile(path: string): Uint8Array
  readonly filters: AccessLogFilterOptions
  report(message: string): void
}

/** `local_reply_config` compiled: the first mapper whose filter matches rewrites a local reply; a body format comes last. */
export class LocalReplies {
  readonly #mappers: readonly Mapper[]
  readonly #format: BodyFormat | undefined

  constructor(config: Config, environment: LocalReplyEnvironment) {
    this.#format = config.body_format === undefined ? undefined : bodyFormat(config.body_format, environment)
    this.#mappers = (config.mappers ?? []).map((mapper) => ({
      matches: matcher(mapper.filter, environment),
      status: mapper.status_code,
      body: mapper.body === undefined ? undefined : dataSource(mapper.body, environment),
      format: mapper.body_format_override === undefined ? undefined : bodyFormat(mapper.body_format_override, environment),
      headers: mapper.headers_to_add ?? [],
    }))
  }

  apply(message: LocalReplyMessage, context: FormatContext): void {
    const mapper = this.#mappers.find((candidate) => candidate.matches(context))
    const { headers } = message
    if (mapper?.status !== undefined) {
      headers.status = mapper.status
      context.info.status = mapper.status
    }
    if (mapper !== undefined) for (const option of mapper.headers) addHeader(message, option)
    if (mapper?.body !== undefined) message.body = mapper.body
    context.localReplyBody = String.fromCharCode(...message.body.subarray(0, 65_536))
    const format = mapper?.format ?? this.#format
    if (format !== undefined) {
      message.body = latin1Bytes(format.format(context))
      headers.set('content-type', format.contentType)
    }
    if (mapper?.body !== undefined || format !== undefined) {
      headers.set('content-length', String(message.body.length))
      if (!headers.has('content-type')) headers.set('content-type', 'text/plain')
    }
  }
}

function matcher(filter: Message<'envoy.config.accesslog.v3.AccessLogFilter'> | undefined, environment: LocalReplyEnvironment): (context: FormatContext) => boolean {
  if (filter === undefined) return () => true
  return compileAccessLogFilter(filter, environment.filters)
}

function addHeader(message: LocalReplyMessage, option: HeaderOption): void {
  const name = option.header?.key ?? ''
  const value = option.header?.value ?? ''
  const present = message.headers.has(name.toLowerCase())
  switch (option.append_action ?? (option.append === false ? 'OVERWRITE_IF_EXISTS_OR_ADD' : 'APPEND_IF_EXISTS_OR_ADD')) {
    case 'ADD_IF_ABSENT':
      if (!present) message.headers.append(name, value)
      break
    case 'OVERWRITE_IF_EXISTS':
      if (present) message.headers.set(name.toLowerCase(), value)
      break
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      message.headers.set(name.toLowerCase(), value)
      break
    default:
      message.headers.append(name, value)
  }
}

function dataSource(source: Message<'envoy.config.core.v3.DataSource'>, environment: LocalReplyEnvironment): Uint8Array {
  if (source.inline_bytes !== undefined) return source.inline_bytes
  if (source.inline_string !== undefined) return latin1Bytes(source.inline_string)
  if (source.filename !== undefined) return environment.readFile(source.filename)
  return latin1Bytes(environment.environment?.(source.environment_variable ?? '') ?? '')
}

function bodyFormat(config: Format, environment: LocalReplyEnvironment): BodyFormat | undefined {
  const text = config.text_format ?? (config.text_format_source === undefined ? undefined : String.fromCharCode(...dataSource(config.text_format_source, environment)))
  if (text !== undefined) {
    const compiled = compileFormat(text, { environment, controls: 'none' })
    if (!compiled.ok) {
      environment.report(compiled.message)
      return undefined
    }
    return { contentType: config.content_type ?? 'text/plain', format: (context) => compiled.formatter.format(context) }
  }
  const json = compileJsonFormat((config.json_format ?? {}) as JsonObject, { environment })
  if (!json.ok) {
    for (const problem of json.problems) environment.report(problem.message)
    return undefined
  }
  return { contentType: config.content_type ?? 'application/json', format: (context) => json.formatter.format(context) }
}
