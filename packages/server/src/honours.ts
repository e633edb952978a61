import { accessLogHonours, formatHonours } from '@nuncio/access-log'
import { BALANCER_HONOURS, builtinLoadBalancers } from '@nuncio/balancers'
import { CLUSTER_HONOURS } from '@nuncio/cluster'
import { internalListenerExtension, listenerHonours } from '@nuncio/listener'
import { builtinAccessLoggers, builtinStatsSinks, builtinTracingProviders } from '@nuncio/telemetry'
import { UPSTREAM_HONOURS } from '@nuncio/upstream'
import { builtinHttpFilters, listenerFilters, networkFilters, transportSockets } from './builtins.ts'
import { adminHonours, statsConfigHonours } from '@nuncio/admin'
import { type Honours, mergeHonours, type MessageSchema } from '@nuncio/config'
import { overloadHonours } from './overload/honours.ts'
import { resourceMonitors } from './overload/overload-manager.ts'
import { matchingHonours } from '@nuncio/matching'
import { routerHonours } from '@nuncio/router'
import { xdsHonours } from '@nuncio/xds'

const TOLD_TO_CONTROL_PLANES = 'it is told to control planes, and none is asked'
const NO_CONTROL_PLANE = 'no control plane is asked'
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
      'flags_path',
      'watchdog',
      'application_log_config',
      'dynamic_resources',
      'bootstrap_extensions',
    ],
    noEffect: {
      node_context_params: TOLD_TO_CONTROL_PLANES,
      deferred_stat_options: 'it saves memory: statistics are there from the start',
      inline_headers: 'all headers are found alike; one that is sent twice stays two lines',
      grpc_async_client_manager_config: 'clients of gRPC services are not cached: there is one for each service',
      memory_allocator_manager: 'memory is that of the JavaScript engine, which gives it back by itself',
      perf_tracing_file_path: 'only builds of Envoy for performance tracing write this file',
    },
    unsupported: {
      hds_config: 'health checks are those of clusters',
      enable_dispatcher_stats: 'there is one event loop: server.event_loop_delay_ms tells how late it is',
      header_prefix: 'these headers are called x-envoy-',
      fatal_actions: 'a process that fails is ended by Node.js',
      default_socket_interface: 'sockets are those of Node.js',
      listener_manager: 'there is one kind of listener manager',
      stats_eviction_interval: 'statistics stay until what they belong to is gone',
      enable_worker_cpu_affinity: 'Node.js cannot tie a process to a processor',
      certificate_provider_instances: 'name certificates in secrets',
      xds_delegate_extension: NO_CONTROL_PLANE,
      xds_config_tracker_extension: NO_CONTROL_PLANE,
      config_sources: NO_CONTROL_PLANE,
      default_config_source: NO_CONTROL_PLANE,
    },
  },
  'envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig': '*',
  'envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat': '*',
  // Messages of fields without effect have no effect either.
  'envoy.config.bootstrap.v3.Bootstrap.DeferredStatOptions': '*',
  'envoy.config.bootstrap.v3.CustomInlineHeader': '*',
  'envoy.config.bootstrap.v3.Bootstrap.GrpcAsyncClientManagerConfig': '*',
  'envoy.config.bootstrap.v3.MemoryAllocatorManager': '*',
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': '*',
  'envoy.config.bootstrap.v3.Bootstrap.DynamicResources': {
    honoured: ['cds_config', 'lds_config'],
    unsupported: {
      ads_config: NO_CONTROL_PLANE,
      cds_resources_locator: NO_CONTROL_PLANE,
      lds_resources_locator: NO_CONTROL_PLANE,
    },
  },
  // The one engine that there is: patterns are RE2's.
  'envoy.extensions.regex_engines.v3.GoogleRE2': '*',
  'envoy.config.bootstrap.v3.Watchdogs': {
    honoured: ['worker_watchdog'],
    unsupported: {
      main_thread_watchdog: 'the main process watches the workers and carries no traffic: nobody watches it',
    },
  },
  'envoy.config.bootstrap.v3.Watchdog': {
    honoured: [
      'miss_timeout',
      'megamiss_timeout',
      'kill_timeout',
      'max_kill_timeout_jitter',
      'multikill_timeout',
      'multikill_threshold',
    ],
    unsupported: { actions: 'a worker that hangs is replaced: kill_timeout says when' },
  },
  'envoy.config.metrics.v3.StatsSink': '*',
  'envoy.config.core.v3.Node': {
    honoured: ['id', 'cluster', 'locality', 'metadata', 'user_agent_name'],
    noEffect: {
      user_agent_build_version: 'a proxy writes its own, over what a file says',
      extensions: TOLD_TO_CONTROL_PLANES,
      dynamic_parameters: TOLD_TO_CONTROL_PLANES,
      user_agent_version: TOLD_TO_CONTROL_PLANES,
      client_features: TOLD_TO_CONTROL_PLANES,
      listening_addresses: TOLD_TO_CONTROL_PLANES,
    },
  },
  'envoy.config.core.v3.Locality': '*',
  'envoy.config.bootstrap.v3.LayeredRuntime': '*',
  [RUNTIME]: {
    honoured: ['name', 'static_layer', 'disk_layer', 'admin_layer'],
    unsupported: { rtds_layer: 'no control plane is asked: use a static_layer, which a reload applies' },
  },
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
  internalListenerExtension,
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
  xdsHonours,
  CLUSTER_HONOURS,
  BALANCER_HONOURS,
  ...UPSTREAM_HONOURS,
  ...definitions.map((definition) => definition.honours),
])
