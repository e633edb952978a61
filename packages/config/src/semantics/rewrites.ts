import type { Message } from '../message.ts'
import type { SemanticRule } from './rule.ts'

const REWRITES = ['prefix_rewrite', 'regex_rewrite', 'path_rewrite_policy', 'path_rewrite'] as const

/** A route rewrites the path in one way. */
export const rewrites: SemanticRule = {
  types: ['envoy.config.route.v3.RouteAction'],
  check(context) {
    for (const action of context.found('envoy.config.route.v3.RouteAction')) {
      const set = REWRITES.filter((field) => isSet(action, field))
      if (set.length > 1)
        context.say(
          'oneof-conflict',
          'error',
          action,
          set[1],
          `"${set[0]!}" and "${set[1]!}" exclude each other`,
          'keep one of the two',
        )
    }
  },
}

function isSet(action: Message<'envoy.config.route.v3.RouteAction'>, field: (typeof REWRITES)[number]): boolean {
  return action[field] !== undefined && action[field] !== ''
}
