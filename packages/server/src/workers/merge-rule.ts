/**
 * Statistics that tell of what all workers have in common (how many clusters there are, which version of the configuration)
 * rather than of what each is doing: their sum would be wrong.
 */
const COMMON = [
  /^server\.(?!memory_|total_connections$)/,
  /^(cluster_manager|listener_manager|runtime|config|control_plane)\./,
  /^overload\./,
  /^cluster\..*\.(membership_|max_host_weight$|warming_state$|health_check\.|outlier_detection\.|ring_hash_lb\.|maglev_lb\.)/,
  /^cluster\..*\.circuit_breakers\..*_open$/,
  /\.ssl\.certificate\./,
  // What a subscription has: every worker reads the same resources.
  /\.(version|update_time|config_reload_time_ms)$/,
]

/** How a statistic of several workers becomes one. */
export function mergeRule(name: string): 'sum' | 'max' {
  return COMMON.some((pattern) => pattern.test(name)) ? 'max' : 'sum'
}
