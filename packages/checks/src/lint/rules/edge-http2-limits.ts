import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { edgeManagers } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const edgeHttp2Limits: LintRule = {
  code: 'edge-http2-limits',
  severity: 'info',
  title: 'An edge listener that lets one HTTP/2 connection carry 1024 streams.',
  why: 'Without `max_concurrent_streams` one connection may have 1024 streams at a time (in older Envoys as many as the protocol allows). 100 is what browsers need.',
  check({ view, say }) {
    for (const { config, listener, chain } of edgeManagers(view)) {
      const mayBeHttp2 =
        config.codec_type === 'HTTP2' ||
        (config.codec_type !== 'HTTP1' && config.codec_type !== 'HTTP3' && chain.transport_socket !== undefined)
      const options = config.http2_protocol_options
      if (!mayBeHttp2 || options?.max_concurrent_streams !== undefined) continue
      say(
        options ?? config,
        undefined,
        `listener ${quoted(listenerName(listener))} takes 1024 streams at a time on an HTTP/2 connection, the default`,
        'set http2_protocol_options: { max_concurrent_streams: 100 }',
      )
    }
  },
}
