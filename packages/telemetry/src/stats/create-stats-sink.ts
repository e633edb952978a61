import type { Message } from '@nuncio/config'
import * as builtin from '../stat-sinks/registry.ts'
import type { StatsSink, StatsSinkContext, StatsSinkDefinition } from './contracts.ts'

/** The stats sinks that nuncio comes with. */
export const builtinStatsSinks = Object.values(builtin) as readonly StatsSinkDefinition[]

/** What a stats sink is made with. */
export interface StatsSinkOptions extends StatsSinkContext {
  /** The kinds of sinks there are; `builtinStatsSinks` by default. */
  readonly sinks?: readonly StatsSinkDefinition[]
}

/** Makes the sink of one `stats_sinks` entry. Undefined after reporting what is wrong. */
export function createStatsSink(
  config: Message<'envoy.config.metrics.v3.StatsSink'>,
  options: StatsSinkOptions,
): StatsSink | undefined {
  const { report, sinks = builtinStatsSinks } = options
  const type = config.typed_config?.['@type']
  const definition = sinks.find((each) => each.config.type === type)
  if (definition !== undefined) {
    const below: StatsSinkContext['report'] = (finding) => report({ ...finding, path: `typed_config.${finding.path}` })
    return definition.create(config.typed_config, { ...options, report: below })
  }
  const message = `nuncio does not have the stats sink ${type ?? config.name ?? ''}`
  const hint = `there are ${sinks.map((each) => each.name).join(', ')}`
  report({ code: 'unsupported', path: 'typed_config', message, hint, node: config, field: 'typed_config' })
  return undefined
}
