import type { Honours } from '@nuncio/config'

/** `admin` of the bootstrap. */
export const adminHonours: Honours = {
  'envoy.config.bootstrap.v3.Admin': {
    unsupported: { socket_options: 'Node.js cannot set options of sockets' },
    honoured: ['access_log', 'access_log_path', 'address', 'allow_paths'],
    noEffect: {
      profile_path: 'there is no profiler behind /cpuprofiler',
      ignore_global_conn_limit: 'connections to the admin address are never counted in the global limit',
    },
  },
  'envoy.config.core.v3.Address': ['socket_address', 'pipe'],
  'envoy.config.core.v3.SocketAddress': ['protocol', 'address', 'port_value'],
  'envoy.config.core.v3.Pipe': '*',
}

/** `stats_config` of the bootstrap. */
export const statsConfigHonours: Honours = {
  'envoy.config.metrics.v3.StatsConfig': '*',
  'envoy.config.metrics.v3.TagSpecifier': '*',
  'envoy.config.metrics.v3.StatsMatcher': '*',
  'envoy.config.metrics.v3.HistogramBucketSettings': '*',
  'envoy.type.matcher.v3.ListStringMatcher': '*',
  'envoy.type.matcher.v3.StringMatcher': {
    honoured: ['exact', 'prefix', 'suffix', 'contains', 'safe_regex', 'ignore_case'],
    unsupported: { custom: 'there is no extension that matches texts' },
  },
  'envoy.type.matcher.v3.RegexMatcher': ['regex'],
}
