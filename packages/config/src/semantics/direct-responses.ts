import { utf8Bytes } from '@nuncio/core'
import type { Message } from '../message.ts'
import type { SemanticRule } from './rule.ts'

const DEFAULT_LIMIT = 4096

/** The body of a direct response fits into the limit of its route configuration. */
export const directResponses: SemanticRule = {
  types: ['envoy.config.route.v3.RouteConfiguration'],
  check(context) {
    for (const routes of context.found('envoy.config.route.v3.RouteConfiguration')) {
      const limit = routes.max_direct_response_body_size_bytes ?? DEFAULT_LIMIT
      for (const route of (routes.virtual_hosts ?? []).flatMap((host) => host.routes ?? [])) {
        const body = route.direct_response?.body
        const size = body ? sizeOf(body) : 0
        if (size > limit)
          context.say(
            'rule',
            'error',
            body!,
            undefined,
            `the body has ${size} bytes; ${limit} are allowed`,
            'raise max_direct_response_body_size_bytes of the route configuration',
          )
      }
    }
  },
}

function sizeOf(body: Message<'envoy.config.core.v3.DataSource'>): number {
  return body.inline_bytes?.length ?? (body.inline_string === undefined ? 0 : utf8Bytes(body.inline_string).length)
}
