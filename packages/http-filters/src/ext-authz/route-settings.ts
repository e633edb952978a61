import type { Message } from '@nuncio/config'
import type { FilterContext } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import type { Authorizer } from './authorizer.ts'
import { type BodySettings, bodySettings, compileAuthorizer, type ExtAuthzSettings } from './settings.ts'

type PerRoute = Message<'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute'>

/** One level of per-route configuration, compiled. */
export interface RouteLevel {
  readonly disabled: boolean
  readonly extensions: Readonly<Record<string, string>>
  readonly bodyOff: boolean
  readonly body: BodySettings | undefined
  readonly authorizer: Authorizer | undefined
}

/** What holds for a route. */
export interface RouteSettings {
  readonly disabled: boolean
  readonly extensions: Readonly<Record<string, string>>
  readonly body: BodySettings | undefined
  readonly authorizer: Authorizer
}

export function compileLevel(config: PerRoute, place: ConfigPlace, context: FilterContext): RouteLevel {
  const { check_settings: settings = {} } = config
  const at = place.at('check_settings', config.check_settings)
  if (settings.disable_request_body_buffering === true && settings.with_request_body !== undefined)
    at.error('rule', 'disable_request_body_buffering and with_request_body are both set', 'leave one of them out')
  const service = settings.grpc_service !== undefined || settings.http_service !== undefined
  return {
    disabled: config.disabled === true,
    extensions: settings.context_extensions ?? {},
    bodyOff: settings.disable_request_body_buffering === true,
    body: bodySettings(settings.with_request_body),
    authorizer: service ? compileAuthorizer(settings, at, context) : undefined,
  }
}

/** Joins levels, most specific first: it alone decides, only context extensions are of all of them. */
export function joinLevels(levels: readonly RouteLevel[], own: ExtAuthzSettings): RouteSettings {
  const first = levels[0]
  const extensions = levels.toReversed().flatMap((level) => Object.entries(level.extensions))
  return {
    disabled: first?.disabled === true,
    extensions: Object.fromEntries(extensions),
    body: first?.bodyOff === true ? undefined : (first?.body ?? own.body),
    authorizer: first?.authorizer ?? own.authorizer,
  }
}
