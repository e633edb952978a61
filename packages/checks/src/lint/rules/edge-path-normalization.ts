import { quoted } from '@nuncio/matching'
import { listenerName } from '../../view/managers.ts'
import { edgeManagers } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const edgePathNormalization: LintRule = {
  code: 'edge-path-normalization',
  severity: 'info',
  title: 'An edge listener that takes paths as they come.',
  why: '`/public/../admin`, `//admin` and `/public%2f..%2fadmin` do not begin with `/admin`, but the upstream may see them so. `normalize_path`, `merge_slashes` and `path_with_escaped_slashes_action` make paths plain before anything is matched on them.',
  check({ view, say }) {
    for (const { config, listener } of edgeManagers(view)) {
      const missing = [
        ...(config.normalize_path === undefined && config.path_normalization_options === undefined
          ? ['normalize_path: true']
          : []),
        ...(config.merge_slashes === undefined ? ['merge_slashes: true'] : []),
        ...(config.path_with_escaped_slashes_action === undefined
          ? ['path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT']
          : []),
      ]
      if (missing.length > 0)
        say(
          config,
          undefined,
          `listener ${quoted(listenerName(listener))} matches paths as clients write them`,
          `set ${missing.join(', ')}`,
        )
    }
  },
}
