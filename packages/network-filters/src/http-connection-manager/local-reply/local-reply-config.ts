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
import type { HeaderMutations } from '@nuncio/router'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig'>
type ResponseMapper = Message<'envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper'>

interface Mapper {
  matches(context: FormatContext): boolean
  readonly status: number | undefined
  readonly body: Uint8Array | undefined
  readonly format: SubstitutionFormat | undefined
  readonly headers: HeaderMutations | undefined
}

/** What compiling needs: how filters and formats are made, and how a body is read from its source. */
export interface LocalReplyOptions {
  readonly filters: AccessLogFilterOptions
  readonly formats: SubstitutionOptions
  dataSource(source: Message<'envoy.config.core.v3.DataSource'>): Uint8Array
  /** `headers_to_add` of the mapper at an index. */
  headers(mapper: ResponseMapper, index: number): HeaderMutations | undefined
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
      headers: options.headers(mapper, i),
    }))
  }

  apply(message: LocalReplyMessage, context: FormatContext): void {
    const { headers, body } = message
    context.info.status = headers.status
    const mapper = this.#mappers.find((candidate) => candidate.matches(context))
    const typeBefore = headers.get('content-type')
    mapper?.headers?.apply(headers, context)
    const typed = headers.get('content-type') !== typeBefore
    if (mapper?.status !== undefined) context.info.status = headers.status = mapper.status
    if (mapper?.body !== undefined) message.body = mapper.body
    context.localReplyBody = latin1Text(message.body)
    const format = mapper?.format ?? this.#format
    if (format !== undefined) {
      message.body = latin1Bytes(format.formatter.format(context))
      message.formatted = format.contentType
    }
    // What a mapper says of the type stands; otherwise another body has another type.
    if (message.body !== body && !typed) headers.set('content-type', format?.contentType ?? 'text/plain')
  }
}
