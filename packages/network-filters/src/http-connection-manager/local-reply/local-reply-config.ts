import {
  type AccessLogFilterOptions,
  compileAccessLogFilter,
  compileSubstitutionFormat,
  type FormatContext,
  type SubstitutionFormat,
  type SubstitutionOptions,
} from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { latin1Bytes, latin1Text } from '@nuncio/core'
import type { LocalReplyMessage } from '@nuncio/filter-chain'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig'>
type HeaderOption = Message<'envoy.config.core.v3.HeaderValueOption'>

interface Mapper {
  matches(context: FormatContext): boolean
  readonly status: number | undefined
  readonly body: Uint8Array | undefined
  readonly format: SubstitutionFormat | undefined
  readonly headers: readonly HeaderOption[]
}

/** What compiling needs: how filters and formats are made, and how a body is read from its source. */
export interface LocalReplyOptions {
  readonly filters: AccessLogFilterOptions
  readonly formats: SubstitutionOptions
  dataSource(source: Message<'envoy.config.core.v3.DataSource'>): Uint8Array
}

/** `local_reply_config` compiled: the first mapper whose filter matches rewrites a local reply; a body format comes last. */
export class LocalReplies {
  readonly #mappers: readonly Mapper[]
  readonly #format: SubstitutionFormat | undefined

  constructor(config: Config, options: LocalReplyOptions) {
    this.#format = config.body_format && compileSubstitutionFormat(config.body_format, options.formats)
    this.#mappers = (config.mappers ?? []).map((mapper, i) => ({
      matches:
        mapper.filter === undefined
          ? () => true
          : compileAccessLogFilter(mapper.filter, options.filters, `mappers[${i}].filter`),
      status: mapper.status_code,
      body: mapper.body && options.dataSource(mapper.body),
      format: mapper.body_format_override && compileSubstitutionFormat(mapper.body_format_override, options.formats),
      headers: mapper.headers_to_add ?? [],
    }))
  }

  apply(message: LocalReplyMessage, context: FormatContext): void {
    const { headers } = message
    context.info.status = headers.status
    const mapper = this.#mappers.find((candidate) => candidate.matches(context))
    if (mapper?.status !== undefined) context.info.status = headers.status = mapper.status
    for (const option of mapper?.headers ?? []) addHeader(message, option)
    if (mapper?.body !== undefined) message.body = mapper.body
    context.localReplyBody = latin1Text(message.body)
    const format = mapper?.format ?? this.#format
    if (format !== undefined) {
      message.body = latin1Bytes(format.formatter.format(context))
      headers.set('content-type', format.contentType)
    }
  }
}

function addHeader(message: LocalReplyMessage, option: HeaderOption): void {
  const name = option.header?.key ?? ''
  const value = option.header?.value ?? ''
  const present = message.headers.has(name.toLowerCase())
  switch (
    option.append_action ??
    (option.append === false ? 'OVERWRITE_IF_EXISTS_OR_ADD' : 'APPEND_IF_EXISTS_OR_ADD')
  ) {
    case 'ADD_IF_ABSENT':
      if (!present) message.headers.append(name, value)
      break
    case 'OVERWRITE_IF_EXISTS':
      if (present) message.headers.set(name.toLowerCase(), value)
      break
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      message.headers.set(name.toLowerCase(), value)
      break
    case 'APPEND_IF_EXISTS_OR_ADD':
      message.headers.append(name, value)
  }
}
