import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { isEdge } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const edgeBufferLimits: LintRule = {
  code: 'edge-buffer-limits',
  severity: 'info',
  title: 'An edge listener with the default buffer of 1 MiB a connection.',
  why: 'Each connection may make the proxy hold `per_connection_buffer_limit_bytes`, 1 MiB unless given; some thousand slow clients then hold some gigabytes. 32 KiB is enough for most listeners that strangers reach.',
  check({ view, say }) {
    for (const listener of view.loaded.listeners) {
      if (!isEdge(listener) || listener.per_connection_buffer_limit_bytes !== undefined) continue
      say(
        listener,
        undefined,
        `listener ${quoted(listenerName(listener))} buffers up to 1 MiB a connection`,
        'set per_connection_buffer_limit_bytes: 32768',
      )
    }
  },
}
