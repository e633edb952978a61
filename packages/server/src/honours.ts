import { accessLogHonours, formatHonours } from '@nuncio/access-log'
import { BALANCER_HONOURS, builtinLoadBalancers } from '@nuncio/balancers'
import { CLUSTER_HONOURS } from '@nuncio/cluster'
import { listenerHonours } from '@nuncio/listener'
import { builtinAccessLoggers, builtinStatsSinks, builtinTracingProviders } from '@nuncio/telemetry'
import { UPSTREAM_HONOURS } from '@nuncio/upstream'
import { builtinHttpFilters, listenerFilters, networkFilters, transportSockets } from './builtins.ts'
import { adminHonours, statsConfigHonours } from '@nuncio/admin'
import { type Honours, mergeHonours, type MessageSchema } from '@nuncio/config'
import { overloadHonours } from './overload/honours.ts'
import { resourceMonitors } from './overload/overload-manager.ts'
import { matchingHonours } from '@nuncio/matching'
import { routerHonours } from '@nuncio/router'

const RUNTIME = 'envoy.config.bootstrap.v3.RuntimeLayer'

/** What the composition root itself honours. */
const serverHonours: Honours = {
  'envoy.config.bootstrap.v3.Bootstrap': {
    honoured: [
      'node',
      'static_resources',
      'admin',
      'layered_runtime',
      'stats_config',
      'stats_sinks',
      'stats_flush_interval',
      'stats_flush_on_admin',
      'cluster_manager',
      'overload_manager',
      'watchdogs',
      'tracing',
      'stats_server_version_override',
      'default_regex_engine',
    ],
    noEffect: { node_context_params: 'they are told to control planes, and none is asked' },
  },
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': '*',
  // The one engine that there is: patterns are RE2's.
  'envoy.extensions.regex_engines.v3.GoogleRE2': '*',
  'envoy.config.bootstrap.v3.Watchdogs': ['worker_watchdog'],
  'envoy.config.bootstrap.v3.Watchdog': [
    'miss_timeout',
    'megamiss_timeout',
    'kill_timeout',
    'max_kill_timeout_jitter',
    'multikill_timeout',
    'multikill_threshold',
  ],
  'envoy.config.metrics.v3.StatsSink': '*',
  'envoy.config.core.v3.Node': {
    honoured: ['id', 'cluster', 'locality', 'metadata', 'user_agent_name'],
    noEffect: {
      user_agent_build_version: 'a proxy writes its own, over what a file says',
      extensions: 'it tells a control plane what a proxy can do, and none is asked',
    },
  },
  'envoy.config.core.v3.Locality': '*',
  'envoy.config.bootstrap.v3.LayeredRuntime': '*',
  [RUNTIME]: ['name', 'static_layer', 'disk_layer', 'admin_layer'],
  [`${RUNTIME}.DiskLayer`]: '*',
  [`${RUNTIME}.AdminLayer`]: '*',
}

/** The configuration messages of all parts that a configuration may name by type. */
export const definitions: readonly MessageSchema<unknown>[] = [
  ...networkFilters,
  ...builtinHttpFilters,
  ...listenerFilters,
  ...transportSockets,
  ...builtinLoadBalancers,
  ...builtinAccessLoggers,
  ...builtinStatsSinks,
  ...builtinTracingProviders,
  ...resourceMonitors,
].map((definition) => definition.config)

/** Everything that the proxy honours of Envoy's API: what is not here is reported as unsupported. */
export const honours: Honours = mergeHonours([
  serverHonours,
  accessLogHonours,
  formatHonours,
  adminHonours,
  overloadHonours,
  statsConfigHonours,
  matchingHonours,
  routerHonours,
  listenerHonours,
  CLUSTER_HONOURS,
  BALANCER_HONOURS,
  ...UPSTREAM_HONOURS,
  ...definitions.map((definition) => definition.honours),
])
