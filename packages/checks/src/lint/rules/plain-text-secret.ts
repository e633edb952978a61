import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { LintContext, LintRule } from '../rule.ts'
import { walkMessages } from '../walk-messages.ts'

const DATA_SOURCE = 'envoy.config.core.v3.DataSource'
const CREDENTIAL_HEADERS = new Set(['authorization', 'proxy-authorization', 'x-api-key', 'api-key', 'cookie'])
const REDACTED = '[redacted]'

export const plainTextSecret: LintRule = {
  code: 'plain-text-secret',
  severity: 'warning',
  title: 'A secret written into the file.',
  why: 'Files are copied, reviewed and kept. Private keys, passwords and tokens belong into a file of their own (`filename`), an environment variable (`environment_variable`) or SDS.',
  check(context) {
    const { bootstrap, listeners, clusters, routeConfigurations } = context.view.loaded
    const roots: readonly (readonly [string, object])[] =
      bootstrap === undefined
        ? [
            ...listeners.map((one) => ['envoy.config.listener.v3.Listener', one] as const),
            ...clusters.map((one) => ['envoy.config.cluster.v3.Cluster', one] as const),
            ...routeConfigurations.map((one) => ['envoy.config.route.v3.RouteConfiguration', one] as const),
          ]
        : [['envoy.config.bootstrap.v3.Bootstrap', bootstrap]]
    for (const [type, root] of roots) {
      walkMessages(type, root, ({ message }, field, value) => {
        if (field.spec.s === 1) sensitive(context, message, field.field, field.name, value)
        if (field.name === 'envoy.config.core.v3.HeaderValueOption' && Array.isArray(value))
          for (const option of value) header(context, option as Message<'envoy.config.core.v3.HeaderValueOption'>)
      })
    }
  },
}

function sensitive({ say }: LintContext, message: object, field: string, type: string, value: unknown): void {
  const secret = `the secret ${quoted(field)} stands in the file`
  const hint = 'name a file with filename, or an environment variable'
  if (type === DATA_SOURCE) {
    const sources = Array.isArray(value) ? value : [value]
    for (const source of sources as readonly Message<typeof DATA_SOURCE>[]) {
      const inline =
        source.inline_string !== undefined
          ? 'inline_string'
          : source.inline_bytes !== undefined
            ? 'inline_bytes'
            : undefined
      if (inline !== undefined && source.inline_string !== REDACTED && source.inline_string !== '')
        say(source, inline, secret, hint)
    }
  } else if (typeof value === 'string' && value !== '' && value !== REDACTED) say(message, field, secret, hint)
}

/** A credential that is sent along with every request; what a format string fills in is no secret of the file. */
function header({ say }: LintContext, option: Message<'envoy.config.core.v3.HeaderValueOption'>): void {
  const { key = '', value = '' } = option.header ?? {}
  if (CREDENTIAL_HEADERS.has(key.toLowerCase()) && value !== '' && value !== REDACTED && !/%[A-Z]/.test(value)) {
    say(
      option.header!,
      'value',
      `the value of ${quoted(key)} stands in the file`,
      'use the credential_injector filter, or %ENVIRONMENT(NAME)%',
    )
  }
}
