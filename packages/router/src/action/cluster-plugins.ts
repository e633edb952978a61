import { isMessage, type Message } from '@nuncio/config'
import { type ConfigPlace, quoted } from '@nuncio/matching'

type Plugin = Message<'envoy.config.route.v3.ClusterSpecifierPlugin'>
type ActionConfig = Message<'envoy.config.route.v3.RouteAction'>

/** The matcher that picks a cluster; or that a plugin nobody has was optional, so that its routes never match. */
export type ClusterPlugin =
  | {
      readonly config: Message<'envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier'>
      readonly place: ConfigPlace
    }
  | 'left out'

/** By name; undefined: refused. */
export type NamedPlugins = ReadonlyMap<string, ClusterPlugin | undefined>

/** The plugins of the route configuration at `place`, all of which have to be known, whether a route names them or not. */
export function compilePlugins(plugins: readonly Plugin[] | undefined, place: ConfigPlace): NamedPlugins {
  const named = new Map<string, ClusterPlugin | undefined>()
  plugins?.forEach((plugin, i) => {
    const compiled = compilePlugin(plugin, place.item('cluster_specifier_plugins', i, plugin))
    const name = plugin.extension?.name ?? ''
    if (!named.has(name)) named.set(name, compiled)
  })
  return named
}

/** The plugin that the route action at `place` holds or names; undefined: none, or a refused one. */
export function pluginOf(action: ActionConfig, place: ConfigPlace, named: NamedPlugins): ClusterPlugin | undefined {
  const { cluster_specifier_plugin: name, inline_cluster_specifier_plugin: inline } = action
  if (inline !== undefined) return compilePlugin(inline, place.at('inline_cluster_specifier_plugin', inline))
  if (name === undefined) return undefined
  if (!named.has(name))
    place
      .at('cluster_specifier_plugin')
      .error('dangling-reference', `there is no cluster specifier plugin ${quoted(name)}`)
  return named.get(name)
}

function compilePlugin({ extension, is_optional: optional }: Plugin, place: ConfigPlace): ClusterPlugin | undefined {
  const at = place.at('extension', extension)
  const config = extension?.typed_config
  if (isMessage(config, 'envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier'))
    return { config, place: at.at('typed_config', config) }
  if (optional === true) return 'left out'
  at.error(
    'unsupported',
    `the cluster specifier plugin ${quoted(config?.['@type'] ?? '')} is not supported`,
    'only the matcher one is',
  )
  return undefined
}
