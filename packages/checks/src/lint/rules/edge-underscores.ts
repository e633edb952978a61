import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { edgeManagers } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const edgeUnderscores: LintRule = {
  code: 'edge-underscores',
  severity: 'info',
  title: 'An edge listener that lets header names with underscores through.',
  why: 'Many application servers read `x_user` and `x-user` as one variable, so a client can smuggle a header past rules about the other. `headers_with_underscores_action: REJECT_REQUEST` refuses such requests.',
  check({ view, say }) {
    for (const { config, listener } of edgeManagers(view)) {
      const common = config.common_http_protocol_options
      if (common?.headers_with_underscores_action !== undefined) continue
      say(
        common ?? config,
        undefined,
        `listener ${quoted(listenerName(listener))} passes on header names with underscores`,
        'set common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }',
      )
    }
  },
}
