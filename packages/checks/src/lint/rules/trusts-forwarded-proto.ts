import { quoted } from '@nuncio/matching'
import { edgeManagers } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const trustsForwardedProto: LintRule = {
  code: 'trusts-forwarded-proto',
  severity: 'warning',
  title: 'require_tls that believes what clients say.',
  why: '`require_tls` looks at `x-forwarded-proto`, not at the connection. Without `use_remote_address: true` that header is the client’s: one line in a request and the redirect to https is skipped.',
  check({ view, say }) {
    for (const { config } of edgeManagers(view)) {
      if (config.use_remote_address === true) continue
      for (const host of view.routesOf(config)?.virtual_hosts ?? []) {
        if (host.require_tls !== undefined && host.require_tls !== 'NONE') {
          say(
            host,
            'require_tls',
            `virtual host ${quoted(host.name ?? '')} requires TLS, but a client that sends x-forwarded-proto: https is believed`,
            'set use_remote_address: true on the connection manager',
          )
        }
      }
    }
  },
}
