import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { edgeManagers } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const edgeRemoteAddress: LintRule = {
  code: 'edge-remote-address',
  severity: 'warning',
  title: 'An edge listener that believes what clients say of themselves.',
  why: 'Without `use_remote_address: true` the client’s own `x-forwarded-for` says who it is, and its `x-forwarded-proto` and `x-envoy-*` headers are kept. On a listener that strangers reach, set it. Behind another proxy set `xff_num_trusted_hops` or `original_ip_detection_extensions` instead.',
  check({ view, say }) {
    for (const { config, listener } of edgeManagers(view)) {
      if (
        config.use_remote_address !== undefined ||
        (config.xff_num_trusted_hops ?? 0) > 0 ||
        config.original_ip_detection_extensions !== undefined
      )
        continue
      say(
        config,
        undefined,
        `listener ${quoted(listenerName(listener))} is open to other machines, and its clients may write their own x-forwarded-for and x-forwarded-proto`,
        'set use_remote_address: true (or false, when only trusted proxies reach it)',
      )
    }
  },
}
