import { envoyMessage, isMessage, type Message } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream, HttpFilter, HttpFilterDefinition, Verdict } from '@nuncio/filter-chain'
import { compileMatchTree, configPlace, HTTP_INPUTS, type HttpMatchData, httpMatchData, type MatchTree, quoted, setHttpMatchData } from '@nuncio/matching' // prettier-ignore
import { customResponseHonours } from './honours.ts'
import { LocalResponsePolicy } from './local-policy.ts'
import { finishRedirected, RedirectPolicy } from './redirect-policy.ts'

const TYPE = 'envoy.extensions.filters.http.custom_response.v3.CustomResponse'
type Config = Message<typeof TYPE>
type Policy = LocalResponsePolicy | RedirectPolicy
type Policies = MatchTree<HttpMatchData, Policy>
type Context = FilterContext<Policies | undefined>

const data: HttpMatchData = httpMatchData()

/** Undefined: nothing is replaced at this level. */
function compilePolicies(
  { custom_response_matcher: matcher }: Config,
  config: object,
  context: Context,
): Policies | undefined {
  if (matcher === undefined) return undefined
  return compileMatchTree(matcher, configPlace(config, context).at('custom_response_matcher', matcher), {
    inputs: HTTP_INPUTS,
    action: (any, _, place) => {
      if (isMessage(any, 'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy'))
        return new LocalResponsePolicy(any, place, context)
      if (isMessage(any, 'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy'))
        return new RedirectPolicy(any, place, context)
      place.error(
        'unsupported',
        `there is no custom response policy ${quoted(any['@type'])}`,
        'use LocalResponsePolicy or RedirectPolicy',
      )
      return undefined
    },
  })
}

/** Keeps no state of a stream: one object serves all. */
class CustomResponseFilter implements HttpFilter {
  readonly #own: Policies | undefined
  readonly #context: Context

  constructor(own: Policies | undefined, context: Context) {
    this.#own = own
    this.#context = context
  }

  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream): Verdict {
    if (finishRedirected(headers, stream)) return undefined
    const policy = this.#policyFor(stream.requestHeaders, headers, stream)
    if (policy === undefined) return undefined
    return policy instanceof RedirectPolicy ? policy.replace(headers, stream) : policy.replyTo(headers, stream)
  }

  /** The nearest level that has an answer: the route, the virtual host, the filter. */
  #policyFor(request: RequestHeaders, response: ResponseHeaders, stream: FilterStream): Policy | undefined {
    setHttpMatchData(data, request, stream.info)
    data.response = response
    let policy: Policy | undefined
    for (const level of this.#context.routeConfigs(stream)) policy ??= level?.match(data)
    policy ??= this.#own?.match(data)
    setHttpMatchData(data, undefined, undefined)
    data.response = undefined
    return policy
  }
}

/** `envoy.filters.http.custom_response`: replaces responses, such as the error pages of upstreams, by others. */
export const customResponse: HttpFilterDefinition<Config, Policies | undefined> = {
  name: 'envoy.filters.http.custom_response',
  config: envoyMessage(TYPE, customResponseHonours),
  routeConfig: envoyMessage(TYPE, customResponseHonours),
  stability: 'wip',
  create: (config, context) => {
    const filter = new CustomResponseFilter(compilePolicies(config, config, context), context)
    return () => filter
  },
  createRoute: (config, context) => compilePolicies(config as Config, config as object, context),
}
