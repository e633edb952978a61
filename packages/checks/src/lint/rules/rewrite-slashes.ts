import { quoted } from '@nuncio/matching'
import { routesIn } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const rewriteSlashes: LintRule = {
  code: 'rewrite-slashes',
  severity: 'warning',
  title: 'A prefix rewrite that doubles or loses a slash.',
  why: '`prefix_rewrite` replaces the characters of the prefix and nothing else. When the prefix ends with a slash, the rewrite has to as well, and the other way round; else `/api/users` becomes `//users` or `/v1users`. A `path_separated_prefix` has no slash at its end.',
  check({ view, say }) {
    for (const { route } of routesIn(view)) {
      const rewrite = route.route?.prefix_rewrite ?? route.redirect?.prefix_rewrite
      const prefix = route.match?.prefix ?? route.match?.path_separated_prefix
      if (rewrite === undefined || rewrite === '' || prefix === undefined || prefix === '') continue
      const node = route.route?.prefix_rewrite === undefined ? route.redirect! : route.route
      // The whole path is the prefix: what follows it has no slash of its own.
      if (prefix === '/' && !rewrite.endsWith('/')) glued()
      else if (prefix.endsWith('/') && !rewrite.endsWith('/')) glued()
      else if (!prefix.endsWith('/') && rewrite.endsWith('/')) {
        const hint =
          rewrite === '/'
            ? `match ${quoted(`${prefix}/`)} with a route of its own for ${quoted(prefix)}, or use regex_rewrite`
            : `write ${quoted(rewrite.slice(0, -1))}`
        say(
          node,
          'prefix_rewrite',
          `${quoted(`${prefix}/x`)} becomes ${quoted(`${rewrite}/x`)}: the slash is doubled`,
          hint,
        )
      }
      function glued(): void {
        say(
          node,
          'prefix_rewrite',
          `${quoted(`${prefix!}x`)} becomes ${quoted(`${rewrite!}x`)}: the slash is lost`,
          `write ${quoted(`${rewrite!}/`)}`,
        )
      }
    }
  },
}
