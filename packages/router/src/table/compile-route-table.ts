import type { Message } from '@nuncio/config'
import { type ConfigPlace, configPlace, quoted } from '@nuncio/matching'
import { compilePlugins } from '../action/cluster-plugins.ts'
import type { RouteTable } from '../contracts.ts'
import { compileMirrorPolicies } from '../mirror/mirror-policy.ts'
import type { RouteTableOptions } from '../options.ts'
import type { TableScope } from './compile-route.ts'
import { compileVirtualHost } from './compile-virtual-host.ts'
import { domainKind, HostTable } from './host-table.ts'
import { inheritLevel, NOTHING_INHERITED } from './levels.ts'
import { CompiledRouteTable } from './route-table.ts'
import type { CompiledVirtualHost } from './virtual-host.ts'

/**
 * Compiles a route configuration for asking. Everything that Envoy refuses is reported, all in one pass; the table
 * that comes out then works as far as it can, for tools, and is not to be put into service.
 */
export function compileRouteTable(
  config: Message<'envoy.config.route.v3.RouteConfiguration'>,
  options: RouteTableOptions,
): RouteTable {
  const place = configPlace(config, options)
  const validate = config.validate_clusters ?? options.validateClusters ?? true
  const scope: TableScope = {
    config,
    options,
    specificWins: config.most_specific_header_mutations_wins === true,
    clusters: validate ? options.clusters : undefined,
    plugins: compilePlugins(config.cluster_specifier_plugins, place),
    defaultPolicies: new Map(),
  }
  const inherited = inheritLevel(config, NOTHING_INHERITED, scope.specificWins, place, options)
  const mirrors = compileMirrorPolicies(config.request_mirror_policies, place, options)
  if (config.vhds !== undefined)
    place
      .at('vhds')
      .error('unsupported', 'virtual hosts that come by VHDS are not supported', 'write them into the file')
  const hosts = new HostTable()
  const virtualHosts = (config.virtual_hosts ?? []).map((host, i) => {
    const at = place.item('virtual_hosts', i, host)
    const compiled = compileVirtualHost(host, inherited, mirrors, at, scope)
    addDomains(compiled, hosts, at)
    return compiled
  })
  return new CompiledRouteTable(config, virtualHosts, hosts, options)
}

function addDomains(virtualHost: CompiledVirtualHost, hosts: HostTable, place: ConfigPlace): void {
  virtualHost.domains.forEach((text, index) => {
    if (hosts.add({ text, kind: domainKind(text), virtualHost, index })) return
    const first =
      hosts.domains.find((domain) => domain.text.toLowerCase() === text.toLowerCase())?.virtualHost.name ?? ''
    place
      .item('domains', index)
      .error('duplicate-domain', `the domain ${quoted(text)} is in virtual host ${quoted(first)} already`)
  })
}
