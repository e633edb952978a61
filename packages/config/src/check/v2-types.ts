import type { Schema } from '../schema/schema.ts'

// Where v2 kept messages, and where v3 has them. The name of the message stays; what changed is the path before it.
const MOVED: readonly (readonly [from: RegExp, to: string])[] = [
  [/^envoy\.config\.filter\.http\.rate_limit\.v2\./, 'envoy.extensions.filters.http.ratelimit.v3.'],
  [/^envoy\.config\.filter\.http\.(\w+)\.v2\w*\./, 'envoy.extensions.filters.http.$1.v3.'],
  [/^envoy\.config\.filter\.network\.rate_limit\.v2\./, 'envoy.extensions.filters.network.ratelimit.v3.'],
  [/^envoy\.config\.filter\.network\.(\w+)\.v2\w*\./, 'envoy.extensions.filters.network.$1.v3.'],
  [/^envoy\.config\.filter\.listener\.(\w+)\.v2\w*\./, 'envoy.extensions.filters.listener.$1.v3.'],
  [/^envoy\.config\.accesslog\.v2\.(?=(?:Http|Tcp|Common)Grpc)/, 'envoy.extensions.access_loggers.grpc.v3.'],
  [/^envoy\.config\.accesslog\.v2\.(?=FileAccessLog)/, 'envoy.extensions.access_loggers.file.v3.'],
  [/^envoy\.config\.transport_socket\.(\w+)\.v2\w*\./, 'envoy.extensions.transport_sockets.$1.v3.'],
  [/^envoy\.api\.v2\.auth\./, 'envoy.extensions.transport_sockets.tls.v3.'],
  [/^envoy\.config\.cluster\.(\w+)\.v2\w*\./, 'envoy.extensions.clusters.$1.v3.'],
  [/^envoy\.config\.(\w+)\.v2\w*\./, 'envoy.config.$1.v3.'],
  [/^envoy\.api\.v2\.(core|route|listener|endpoint|cluster)\./, 'envoy.config.$1.v3.'],
  [/^envoy\.api\.v2\.(?=Listener$)/, 'envoy.config.listener.v3.'],
  [/^envoy\.api\.v2\.(?=(?:Scoped)?RouteConfiguration$)/, 'envoy.config.route.v3.'],
  [/^envoy\.api\.v2\.(?=Cluster$)/, 'envoy.config.cluster.v3.'],
  [/^envoy\.api\.v2\.(?=ClusterLoadAssignment$)/, 'envoy.config.endpoint.v3.'],
]

/** The v3 name of a v2 type that only moved; undefined for others. */
export function v3TypeOf(schema: Schema, name: string): string | undefined {
  for (const [from, to] of MOVED) {
    const moved = name.replace(from, to)
    if (moved !== name && schema.message(moved)) return moved
  }
  return undefined
}
