import type { Message } from '../message.ts'
import type { SemanticRule } from './rule.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
type Hcm = Message<typeof HCM>

/** Fields of a connection manager that say the same thing in two ways. */
const PAIRS: readonly (readonly [one: keyof Hcm, other: keyof Hcm])[] = [
  ['strip_any_host_port', 'strip_matching_host_port'],
  ['access_log_options', 'access_log_flush_interval'],
  ['access_log_options', 'flush_access_log_on_new_request'],
]

/** One of two ways to say a thing is enough; and what upstreams answer is limited where they are. */
export const connectionManagers: SemanticRule = {
  types: [HCM],
  check(context) {
    for (const config of context.found(HCM)) {
      for (const [one, other] of PAIRS) {
        if (isSet(config[one]) && isSet(config[other]))
          context.say('oneof-conflict', 'error', config, other, `"${one}" and "${other}" exclude each other`)
      }
      const { common_http_protocol_options: options } = config
      if (options?.max_response_headers_kb === undefined) continue
      const hint = 'it limits what upstreams answer: set it on clusters'
      context.say('rule', 'error', options, 'max_response_headers_kb', 'a connection manager cannot have it', hint)
    }
  },
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false
}
