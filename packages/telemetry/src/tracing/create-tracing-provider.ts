import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import * as builtin from '../tracers/registry.ts'
import type { TracingProvider, TracingProviderContext, TracingProviderDefinition } from './contracts.ts'

/** The tracing providers that nuncio comes with. */
export const builtinTracingProviders = Object.values(builtin) as readonly TracingProviderDefinition[]

/** Makes the provider that a configuration names; `place` is that of the message. Undefined after reporting what is wrong. */
export function createTracingProvider(
  config: Message<'envoy.config.trace.v3.Tracing.Http'>,
  place: ConfigPlace,
  context: TracingProviderContext,
): TracingProvider | undefined {
  const typed = config.typed_config
  const definition = builtinTracingProviders.find((each) => each.config.type === typed?.['@type'])
  const at = place.at('typed_config', typed)
  if (definition !== undefined) return definition.create(typed, at, context)
  const hint = `there are ${builtinTracingProviders.map((each) => each.name).join(', ')}`
  at.error('unsupported', `nuncio does not have the tracing provider ${typed?.['@type'] ?? config.name ?? ''}`, hint)
  return undefined
}
