import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { edgeManagers } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const edgeTimeouts: LintRule = {
  code: 'edge-timeouts',
  severity: 'info',
  title: 'An edge listener on which a client may take as long as it likes.',
  why: 'A client that sends a byte now and then holds a connection and its memory. `request_headers_timeout` ends slow heads, `request_timeout` slow requests (leave it off where uploads or streams may be long), `stream_idle_timeout` and the `idle_timeout` of `common_http_protocol_options` silent ones.',
  check({ view, say }) {
    for (const { config, listener } of edgeManagers(view)) {
      const where = `listener ${quoted(listenerName(listener))}`
      if ((config.request_headers_timeout ?? 0) === 0 && (config.request_timeout ?? 0) === 0) {
        say(
          config,
          undefined,
          `${where} waits for the headers of a request for as long as it takes`,
          'set request_headers_timeout: 10s',
        )
      }
      if (config.stream_idle_timeout === 0)
        say(
          config,
          'stream_idle_timeout',
          `${where} never ends a silent stream: stream_idle_timeout is 0`,
          'leave it out for 5 minutes, and set idle_timeout on routes that need more',
        )
      const common = config.common_http_protocol_options
      if (common?.idle_timeout === 0)
        say(
          common,
          'idle_timeout',
          `${where} keeps idle connections for ever: idle_timeout is 0`,
          'leave it out for one hour',
        )
    }
  },
}
