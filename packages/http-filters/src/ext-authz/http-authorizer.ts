import type { Message } from '@nuncio/config'
import type { ResponseHeaders } from '@nuncio/core'
import type { FilterStream, SideRequest, SideResponse } from '@nuncio/filter-chain'
import {
  type AuthzAnswer,
  authzAnswer,
  type CallParts,
  compileSideRetry,
  endAuthzSpan,
  toldOnce,
  type HeaderChange,
  NO_ANSWER,
  sideCall,
  type SideRetryPolicy,
} from '@nuncio/guards'
import type { ConfigPlace } from '@nuncio/matching'
import type { HeaderMutations } from '@nuncio/router'
import { compileAdditions, type FormatNeeds, linesOf } from '../header-lists/header-list.ts'
import type { Authorizer, Question } from './authorizer.ts'
import { compileHeaderNames, type HeaderNames } from './header-names.ts'

type Config = Message<'envoy.extensions.filters.http.ext_authz.v3.HttpService'>

const DEFAULT_TIMEOUT_MS = 200
/** Response header of the service: names of request headers to remove. */
const TO_REMOVE = 'x-envoy-auth-headers-to-remove'
const ALWAYS_TOLD = new Set(['authorization', ':method', ':path', ':authority'])
/** What a reply of the proxy says itself, or what was for the connection to the service alone. */
const NOT_FOR_CLIENTS = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'content-length',
]) // prettier-ignore
const ALWAYS_FOR_CLIENTS = new Set(['www-authenticate', 'location'])

/** Asks a service over plain HTTP: the request's method, path, host and chosen headers, and its body. */
export class HttpAuthorizer implements Authorizer {
  readonly #parts: CallParts
  readonly #cluster: string
  readonly #spanName: string
  readonly #timeoutMs: number
  readonly #retry: SideRetryPolicy | undefined
  readonly #prefix: string
  readonly #path: string
  readonly #allowed: HeaderNames | undefined
  readonly #additions: HeaderMutations | undefined
  readonly #upstream: HeaderNames | undefined
  readonly #upstreamAppend: HeaderNames | undefined
  readonly #client: HeaderNames | undefined
  readonly #clientOnSuccess: HeaderNames | undefined
  readonly #metadata: HeaderNames | undefined

  constructor(config: Config, place: ConfigPlace, parts: CallParts & FormatNeeds) {
    const { server_uri: uri, authorization_request: request, authorization_response: response = {} } = config
    if (uri === undefined)
      place.warn(
        'no-effect',
        'without a server_uri nobody is asked',
        'failure_mode_allow says what becomes of requests',
      )
    else if ((uri.cluster ?? '') === '')
      place.error('missing-field', 'an HTTP service needs a server_uri with a cluster')
    this.#parts = parts
    this.#cluster = uri?.cluster ?? ''
    this.#spanName = `async ${this.#cluster} egress`
    this.#timeoutMs = uri?.timeout ?? DEFAULT_TIMEOUT_MS
    this.#retry = compileSideRetry(config.retry_policy, place.at('retry_policy', config.retry_policy), '')
    this.#prefix = config.path_prefix ?? ''
    this.#path = config.path_override ?? ''
    this.#checkPaths(place)
    const requestPlace = place.at('authorization_request', request)
    const allowed = request?.allowed_headers
    this.#allowed = compileHeaderNames(allowed, requestPlace.at('allowed_headers', allowed))
    const additions = request?.headers_to_add?.map((header) => ({
      header,
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' as const,
    }))
    this.#additions = compileAdditions('request', additions, requestPlace, parts)
    const responsePlace = place.at('authorization_response', config.authorization_response)
    const names = (field: keyof typeof response): HeaderNames | undefined =>
      compileHeaderNames(response[field], responsePlace.at(field, response[field]))
    this.#upstream = names('allowed_upstream_headers')
    this.#upstreamAppend = names('allowed_upstream_headers_to_append')
    this.#client = names('allowed_client_headers')
    this.#clientOnSuccess = names('allowed_client_headers_on_success')
    this.#metadata = names('dynamic_metadata_from_headers')
  }

  #checkPaths(place: ConfigPlace): void {
    for (const [field, path] of [
      ['path_prefix', this.#prefix],
      ['path_override', this.#path],
    ] as const)
      // prettier-ignore
      if (path !== '' && !path.startsWith('/')) place.at(field).error('rule', `${field} must begin with /`)
    if (this.#prefix !== '' && this.#path !== '')
      place.at('path_override').error('rule', 'path_prefix and path_override are both set', 'leave one of them out')
  }

  async check({ view, telling }: Question, stream: FilterStream): Promise<AuthzAnswer> {
    if (this.#cluster === '') return NO_ANSWER
    const { headers, body } = view
    const allowed = this.#allowed ?? telling.allowed
    const allows = (name: string): boolean =>
      (ALWAYS_TOLD.has(name) || allowed?.(name) === true) && telling.disallowed?.(name) !== true
    const added = linesOf(this.#additions, stream)
    const replaced = new Set(added.map(([name]) => name))
    const request = {
      method: headers.method,
      path: this.#path === '' ? this.#prefix + headers.path : this.#path,
      authority: headers.authority,
      headers: [
        ...[...toldOnce(view, allows)].filter(([name]) => isTold(name) && !replaced.has(name)),
        ...added,
        ...(body === undefined || body.length === 0 ? [['content-length', '0'] as const] : []),
      ],
      body,
      timeoutMs: this.#timeoutMs,
      signal: stream.signal,
      // x-forwarded-for is the client's, where it is told.
      sendXff: false,
    }
    const span = stream.span.child(this.#spanName)
    const answer = await this.#ask({ ...request, span })
    endAuthzSpan(span, answer)
    return answer
  }

  async #ask(request: SideRequest): Promise<AuthzAnswer> {
    try {
      const response = await sideCall(this.#parts, this.#cluster, request, this.#retry)
      return this.#read(response)
    } catch {
      return NO_ANSWER
    }
  }

  #read({ status, headers, body }: SideResponse): AuthzAnswer {
    if (status >= 500 || status < 200) return NO_ANSWER
    const metadata = this.#metadata === undefined ? undefined : metadataOf(headers, this.#metadata)
    if (status !== 200)
      return authzAnswer('denied', { status, body, replyHeaders: pick(headers, this.#forClients, 'add'), metadata })
    return authzAnswer('ok', {
      requestHeaders: [...pick(headers, this.#upstream, 'set'), ...pick(headers, this.#upstreamAppend, 'add')],
      requestHeadersToRemove: headers.getAll(TO_REMOVE).flatMap(namesIn),
      responseHeaders: pick(headers, this.#clientOnSuccess, 'add'),
      metadata,
    })
  }

  readonly #forClients = (name: string): boolean =>
    !NOT_FOR_CLIENTS.has(name) && (this.#client === undefined || ALWAYS_FOR_CLIENTS.has(name) || this.#client(name))
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

function pick(headers: ResponseHeaders, chosen: HeaderNames | undefined, kind: HeaderChange['kind']): HeaderChange[] {
  const changes: HeaderChange[] = []
  if (chosen === undefined) return changes
  headers.forEach((line, value) => {
    const name = line.toLowerCase()
    if (chosen(name) && !NOT_FOR_CLIENTS.has(name)) changes.push({ name, value, kind })
  })
  return changes
}

function metadataOf(headers: ResponseHeaders, chosen: HeaderNames): Record<string, unknown> | undefined {
  const fields = pick(headers, chosen, 'set').map(({ name, value }) => [name, value])
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}

/** Whether a header goes to the service as one: pseudo headers have places of their own. */
function isTold(name: string): boolean {
  return !name.startsWith(':') && !NOT_FOR_CLIENTS.has(name)
}
