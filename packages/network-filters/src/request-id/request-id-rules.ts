import { isMessage, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { RequestIdRules } from '@nuncio/tracing'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension'>

/** How request ids and tracing go together: the `request_id_extension` at `place`; reports one that there is not. */
export function requestIdRules(config: Config | undefined, place: ConfigPlace): RequestIdRules {
  const typed = config?.typed_config
  if (isMessage(typed, 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'))
    return {
      packsReason: typed.pack_trace_reason ?? true,
      samplesById: typed.use_request_id_for_trace_sampling ?? true,
    }
  if (typed !== undefined) {
    const hint = 'there is envoy.request_id.uuid'
    place.at('typed_config', typed).error('unsupported', `nuncio does not have ${typed['@type']}`, hint)
  }
  return { packsReason: true, samplesById: true }
}
