// The table in two parts: what nearly every file needs, and the rest.

/** The message types that most configurations name. What they refer to comes with them. */
const COMMON = [
  'envoy.config.bootstrap.v3.Bootstrap',
  'envoy.extensions.access_loggers.file.v3.FileAccessLog',
  'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
  'envoy.extensions.filters.http.router.v3.Router',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
  'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
]

/** Splits a table. The first part refers to nothing outside it; the rest may refer to the first. */
export function partition(table) {
  const common = reach(table, COMMON)
  const part = (inFirst) => ({
    messages: pick(table.messages, (name) => common.has(name) === inFirst),
    enums: pick(table.enums, (name) => common.has(name) === inFirst),
  })
  return { first: part(true), rest: part(false) }
}

function reach(table, roots) {
  const seen = new Set()
  const open = [...roots]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name) || !(name in table.messages || name in table.enums)) continue
    seen.add(name)
    for (const { t } of Object.values(table.messages[name]?.f ?? {})) open.push(t)
  }
  return seen
}

function pick(named, wanted) {
  return Object.fromEntries(Object.entries(named).filter(([name]) => wanted(name)))
}
