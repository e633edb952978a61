import type { SemanticRule } from './rule.ts'

interface Entry {
  readonly name?: string
  readonly typed_config?: object
}

const WRITTEN = ['typed_config', 'config_discovery', 'config']

/** An extension is found by the type of its typed_config; a name alone leads nowhere. */
export const extensionTypes: SemanticRule = {
  types: [
    'envoy.config.listener.v3.Filter',
    'envoy.config.listener.v3.ListenerFilter',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
    'envoy.config.accesslog.v3.AccessLog',
    'envoy.config.route.v3.RetryPolicy.RetryHostPredicate',
    'envoy.config.route.v3.RetryPolicy.RetryPriority',
  ],
  check(context) {
    for (const type of extensionTypes.types) {
      for (const entry of context.found(type) as readonly Entry[]) {
        if (WRITTEN.some((field) => context.isWritten(entry, field)) || entry.typed_config) continue
        context.say(
          'missing-field',
          'error',
          entry,
          undefined,
          `"typed_config" is required: no extension is found by the name "${entry.name ?? ''}" alone`,
        )
      }
    }
  },
}
