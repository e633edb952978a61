import { Flag, type ResponseFlag, type ResponseHeaders, type StreamInfo } from '@nuncio/core'
import type { HcmConfig } from '../hcm-info.ts'

/**
 * Response flags with the error that RFC 9209 has for them and the status that it recommends (0: the one there is will do);
 * the first that is set counts.
 */
const ERRORS: readonly (readonly [flag: ResponseFlag, error: string, status: number])[] = [
  ['LH', 'destination_unavailable', 503],
  ['UH', 'destination_unavailable', 503],
  ['UT', 'http_response_timeout', 504],
  ['LR', 'connection_timeout', 504],
  ['UR', 'connection_terminated', 502],
  ['UF', 'connection_refused', 502],
  ['UC', 'connection_terminated', 502],
  ['UO', 'connection_limit_reached', 503],
  ['NR', 'destination_not_found', 500],
  ['RL', 'connection_limit_reached', 503],
  ['RLSE', 'connection_limit_reached', 503],
  ['URX', 'destination_unavailable', 503],
  ['SI', 'http_response_timeout', 504],
  ['FI', 'http_request_error', 0],
  ['UAEX', 'connection_refused', 502],
  ['IH', 'http_request_error', 0],
  ['DPE', 'http_request_error', 0],
  ['UMSDR', 'http_response_timeout', 504],
  ['NFCF', 'proxy_configuration_error', 500],
  ['UPE', 'http_protocol_error', 502],
  ['NC', 'destination_unavailable', 503],
  ['DF', 'dns_error', 502],
]

/** Says in `proxy-status` what went wrong with a response that the proxy had to make: `proxy_status_config`. */
export class ProxyStatus {
  readonly #config: NonNullable<HcmConfig['proxy_status_config']>
  readonly #name: string

  /** `serverName` stands for a proxy that is not named otherwise. */
  constructor(config: NonNullable<HcmConfig['proxy_status_config']>, serverName: string, node: string) {
    this.#config = config
    const literal = config.literal_proxy_name ?? ''
    this.#name = config.use_node_id === true ? node : literal === '' ? serverName : literal
  }

  /** Adds to what proxies before this one said; may change the status. */
  apply(headers: ResponseHeaders, info: StreamInfo): void {
    if (info.flags === 0) return
    const found = ERRORS.find(([flag]) => (info.flags & Flag[flag]) !== 0)
    if (found === undefined) return
    const [, error, status] = found
    const line = `${this.#name}; error=${error}${this.#details(info)}`
    const before = headers.getJoined('proxy-status')
    headers.set('proxy-status', before === undefined ? line : `${before}, ${line}`)
    if (this.#config.set_recommended_response_code === true && status > 0) headers.status = status
  }

  #details(info: StreamInfo): string {
    const config = this.#config
    if (config.remove_details === true || info.details === undefined) return ''
    const parts = [info.details]
    const ended = info.connection.terminationDetails
    if (config.remove_connection_termination_details !== true && ended !== '') parts.push(ended)
    if (config.remove_response_flags !== true) parts.push(info.flagsText)
    return `; details="${parts.join('; ')}"`
  }
}
