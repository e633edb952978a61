import { compileSubstitutionFormat, type SubstitutionFormat } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { latin1Bytes, latin1Text, type ResponseHeaders } from '@nuncio/core'
import { type FilterContext, type FilterStream, type LocalReply, localReply } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import type { HeaderMutations } from '@nuncio/router'
import { readSource } from '../data-source/data-source.ts'
import { compileAdditions, formatOptions, formattingOf } from '../header-lists/header-list.ts'

type Config = Message<'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy'>

const NOTHING = new Uint8Array(0)
/** Logs tell no details of a replaced response, as those of Envoy. */
const NO_DETAILS = ''

/** Puts a response of the configuration in the place of another one. */
export class LocalResponsePolicy {
  readonly #body: Uint8Array | undefined
  readonly #format: SubstitutionFormat | undefined
  readonly #status: number | undefined
  readonly #additions: HeaderMutations | undefined

  constructor(config: Config, place: ConfigPlace, context: FilterContext) {
    this.#body = readSource(config.body, place.at('body', config.body), context.platform)
    this.#format = formatOf(config, place, context)
    this.#status = config.status_code
    this.#additions = compileAdditions('response', config.response_headers_to_add, place, context)
  }

  /** The response to send; it has the status of the other one where the configuration has none. */
  replyTo(headers: ResponseHeaders, stream: FilterStream): LocalReply {
    const status = this.#status ?? headers.status
    const type: readonly [string, string][] =
      this.#format === undefined ? [] : [['content-type', this.#format.contentType]]
    // The body tells of the response that is replaced, headers of the one that replaces it.
    const body = this.#bodyFor(stream)
    return localReply(status, NO_DETAILS, {
      body,
      headers: type,
      change: (answer) => this.#additions?.apply(answer, formattingOf(stream)),
    })
  }

  #bodyFor(stream: FilterStream): Uint8Array {
    if (this.#format === undefined) return this.#body ?? NOTHING
    const localReplyBody = latin1Text(this.#body ?? stream.localReplyBody)
    return latin1Bytes(this.#format.formatter.format({ ...formattingOf(stream), localReplyBody }))
  }
}

function formatOf(config: Config, place: ConfigPlace, context: FilterContext): SubstitutionFormat | undefined {
  const { body_format: format } = config
  if (format === undefined) return undefined
  const at = place.at('body_format', format)
  return compileSubstitutionFormat(format, {
    environment: formatOptions(context).formatEnvironment,
    readFile: context.platform.readFile,
    controls: 'none',
    report: ({ code, path, message, hint, node }) => at.at(path, node).error(code, message, hint),
  })
}
