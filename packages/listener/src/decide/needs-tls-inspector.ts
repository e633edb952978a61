import type { Message } from '@nuncio/config'

/** Whether filter chain matches ask for what only a look at the TLS hello can tell. */
export function needsTlsInspector(config: Message<'envoy.config.listener.v3.Listener'>): boolean {
  return (config.filter_chains ?? []).some(({ filter_chain_match: match }) => {
    if (match === undefined) return false
    if (match.transport_protocol) return match.transport_protocol === 'tls'
    return (match.server_names?.length ?? 0) > 0 || (match.application_protocols?.length ?? 0) > 0
  })
}
