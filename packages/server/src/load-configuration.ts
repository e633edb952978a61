import {
  loadBootstrap,
  type LoadOptions,
  type LoadResult,
  mergeBootstrap,
  mergeHonours,
  type Message,
  type MessageSchema,
  type Problem,
} from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { definitions, honours } from './honours.ts'
import type { ServerOptions } from './options.ts'

export type Bootstrap = Message<'envoy.config.bootstrap.v3.Bootstrap'>

/** A configuration that cannot be used. `problems` says why, each with its place. */
export class ConfigurationError extends NuncioError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter((problem) => problem.severity === 'error')
    const first = errors[0]
    const at = first === undefined ? '' : `${first.file}:${first.line}:${first.column}: `
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    super(
      'ERR_NUNCIO_CONFIGURATION',
      `${at}${first?.message ?? 'the configuration cannot be used'}${more}`,
      first?.hint ? { hint: first.hint } : {},
    )
    this.problems = problems
  }
}

/** Its configuration and that of its routes. */
function configsOf({ config, routeConfig }: HttpFilterDefinition): readonly MessageSchema<unknown>[] {
  return routeConfig === undefined ? [config] : [config, routeConfig]
}

/** How a configuration is read by what a server has: its own parts and those that it was given. */
export function loadOptions(options: ServerOptions): LoadOptions & { readonly file: string } {
  const given = [
    ...(options.httpFilters ?? []).flatMap(configsOf),
    ...[...(options.networkFilters ?? []), ...(options.listenerFilters ?? []), ...(options.loadBalancers ?? [])].map(
      (definition) => definition.config,
    ),
  ]
  return {
    file: options.file ?? 'bootstrap.yaml',
    honours: mergeHonours([honours, ...given.map((config) => config.honours)]),
    allowUnsupported: options.allowUnsupported ?? false,
    allowUnknownFields: options.allowUnknownFields ?? false,
    definitions: given.length === 0 ? definitions : [...definitions, ...(given as readonly MessageSchema<unknown>[])],
  }
}

/** Reads a bootstrap and everything that is to be said about it. */
export function loadConfiguration(source: string | Uint8Array, options: ServerOptions): LoadResult<Bootstrap> {
  const load = loadOptions(options)
  if (options.mergeYaml === undefined) return loadBootstrap(source, load)
  return mergeBootstrap(
    [
      { text: source, file: load.file },
      { text: options.mergeYaml, file: '--config-yaml' },
    ],
    load,
  )
}
