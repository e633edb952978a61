import type { Message } from '@nuncio/config'
import type { Report } from '@nuncio/matching'

const REFUSED = [
  'address',
  'additional_addresses',
  'enable_reuse_port',
  'tcp_backlog_size',
  'connection_balance_config',
  'socket_options',
] as const

/** What Envoy refuses beside `internal_listener`, since there is no socket; and a name, by which alone it is reached. */
export function checkInternal(
  config: Message<'envoy.config.listener.v3.Listener'>,
  path: string,
  report: Report,
): void {
  if (!config.name) {
    const hint = 'Endpoints name it in envoy_internal_address.server_listener_name.'
    report({ code: 'missing-field', path, message: 'an internal listener needs a name', hint, node: config })
  }
  for (const field of REFUSED) {
    if (config[field] === undefined) continue
    const message = `an internal listener has no ${field}`
    report({ code: 'conflict', path: `${path}.${field}`, message, node: config, field })
  }
}
