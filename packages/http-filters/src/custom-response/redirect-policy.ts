import type { Message } from '@nuncio/config'
import type { Counter, RequestHeaders, ResponseHeaders, StreamInfo } from '@nuncio/core'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { compileRedirectLocation, type HeaderMutations } from '@nuncio/router'
import { applyToRequest, compileAdditions, formattingOf } from '../header-lists/header-list.ts'

type Config = Message<'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy'>

interface Target {
  readonly scheme: string
  readonly authority: string
  readonly path: string
}

/** A stream whose response comes from elsewhere: by which policy, and the status of the response in its place. */
interface Redirected {
  readonly policy: RedirectPolicy
  readonly status: number
}

/** By stream, also when it starts over: whether a response is the other one already. */
const redirected = new WeakMap<StreamInfo, Redirected>()

const ABSOLUTE = /^(https?):\/\/([^/?#]+)([/?][^#]*)?$/

/** Asks another upstream for a response that takes the place of one. */
export class RedirectPolicy {
  readonly #target: (headers: RequestHeaders) => Target | undefined
  readonly #status: number | undefined
  readonly #toRequest: HeaderMutations | undefined
  readonly #toResponse: HeaderMutations | undefined
  readonly #noRoute: Counter
  readonly #invalidUri: Counter

  constructor(config: Config, place: ConfigPlace, context: FilterContext) {
    this.#target = targetOf(config, place)
    this.#status = config.status_code
    this.#toRequest = compileAdditions('request', config.request_headers_to_add, place, context)
    this.#toResponse = compileAdditions('response', config.response_headers_to_add, place, context)
    this.#noRoute = context.stats.counter('custom_response_redirect_no_route')
    this.#invalidUri = context.stats.counter('custom_response_invalid_uri')
  }

  /**
   * Starts the stream over towards the target. The response goes on as it is when that has no route, or when the request
   * has not come to its end.
   */
  replace(headers: ResponseHeaders, stream: FilterStream): void {
    const request = stream.requestHeaders
    const target = this.#target(request)
    if (target === undefined) return this.#invalidUri.inc()
    const before = { scheme: request.scheme, authority: request.authority, path: request.path }
    Object.assign(request, target)
    stream.clearRouteCache()
    if (stream.route() === undefined) this.#noRoute.inc()
    else if (this.#start(headers.status, stream)) return
    Object.assign(request, before)
  }

  #start(status: number, stream: FilterStream): boolean {
    const { info } = stream
    redirected.set(info, { policy: this, status })
    if (stream.restart((request) => this.#prepare(request, stream))) return true
    redirected.delete(info)
    return false
  }

  #prepare(request: RequestHeaders, stream: FilterStream): void {
    request.method = 'GET'
    request.remove('content-length')
    applyToRequest(this.#toRequest, request, stream)
    stream.clearRouteCache()
  }

  /** What came from there. */
  finish(status: number, headers: ResponseHeaders, stream: FilterStream): void {
    headers.status = this.#status ?? status
    this.#toResponse?.apply(headers, formattingOf(stream))
  }
}

/** Finishes the response that a policy asked for; false when this is none. */
export function finishRedirected(headers: ResponseHeaders, stream: FilterStream): boolean {
  const found = redirected.get(stream.info)
  found?.policy.finish(found.status, headers, stream)
  return found !== undefined
}

function targetOf(config: Config, place: ConfigPlace): (headers: RequestHeaders) => Target | undefined {
  const { uri = '', redirect_action: action } = config
  if (action !== undefined) {
    const at = place.at('redirect_action', action)
    if (action.response_code !== undefined)
      at.at('response_code').error('rule', 'a custom response is no redirect', 'use status_code of the policy')
    const location = compileRedirectLocation(action, at)
    return (headers) => parsed(location(headers))
  }
  const target = parsed(uri)
  if (target === undefined) place.at('uri').error('invalid-value', `${uri} is no URL with a scheme, a host and a path`)
  return () => target
}

function parsed(uri: string): Target | undefined {
  const [, scheme, authority, path = '/'] = ABSOLUTE.exec(uri) ?? []
  if (scheme === undefined || authority === undefined) return undefined
  return { scheme, authority, path: path.startsWith('/') ? path : `/${path}` }
}
