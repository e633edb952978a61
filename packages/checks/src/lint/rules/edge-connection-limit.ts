import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { isEdge } from '../common.ts'
import type { LintRule } from '../rule.ts'

const MONITOR = 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'
const RUNTIME_KEY = 'overload.global_downstream_max_connections'

export const edgeConnectionLimit: LintRule = {
  code: 'edge-connection-limit',
  severity: 'info',
  title: 'An edge listener without a limit on connections.',
  why: 'Connections cost memory and file descriptors before they send anything. Limit them for the process (`overload_manager` with the resource monitor `global_downstream_max_connections`) or for a listener (the `connection_limit` filter).',
  check({ view, say }) {
    const { bootstrap } = view.loaded
    if (bootstrap === undefined || view.runtime.text(RUNTIME_KEY) !== undefined) return
    if (
      bootstrap.overload_manager?.resource_monitors?.some((monitor) => monitor.typed_config?.['@type'] === MONITOR) ===
      true
    )
      return
    for (const listener of view.loaded.listeners) {
      if (!isEdge(listener)) continue
      const chains = [
        ...(listener.filter_chains ?? []),
        ...(listener.default_filter_chain === undefined ? [] : [listener.default_filter_chain]),
      ]
      if (
        chains.some(
          (chain) =>
            chain.filters?.some(
              ({ typed_config: config }) => config?.['@type'].includes('.connection_limit.') === true,
            ) === true,
        )
      )
        continue
      say(
        listener,
        undefined,
        `listener ${quoted(listenerName(listener))} takes any number of connections`,
        'add an overload_manager with global_downstream_max_connections, or the connection_limit filter',
      )
    }
  },
}
