import type { SemanticRule } from './rule.ts'

/** What a route says of a filter is its configuration, or that the filter is off. */
export const filterConfigs: SemanticRule = {
  types: ['envoy.config.route.v3.FilterConfig'],
  check(context) {
    for (const config of context.found('envoy.config.route.v3.FilterConfig')) {
      if (config.disabled === true || config.config !== undefined || context.isWritten(config, 'config')) continue
      context.say(
        'missing-field',
        'error',
        config,
        undefined,
        'FilterConfig needs config, or disabled: true',
        'config: {} switches the filter on as it is configured',
      )
    }
  },
}
