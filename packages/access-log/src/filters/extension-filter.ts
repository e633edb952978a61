import { compileCel } from '@nuncio/cel'
import { isMessage, type Message } from '@nuncio/config'
import type { Report } from '../finding.ts'
import type { AccessLogFilter } from './access-log-filter.ts'

const CEL = 'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter'

/** Filters that are extensions: an expression in CEL, which logs what it is true of. */
export function extensionFilter(
  config: Message<'envoy.config.accesslog.v3.ExtensionFilter'>,
  report: Report,
  path: string,
): AccessLogFilter {
  const typed = config.typed_config
  if (typed !== undefined && isMessage(typed, CEL)) {
    const compiled = compileCel(typed.expression ?? '')
    if (!('fault' in compiled)) return (context) => compiled.holds(context)
    report({
      code: 'bad-expression',
      path: `${path}.extension_filter.typed_config.expression`,
      message: `the expression is refused: ${compiled.fault}`,
      hint: '',
      node: typed,
      field: 'expression',
    })
  } else {
    report({
      code: 'unsupported',
      path: `${path}.extension_filter`,
      message: `nuncio does not have the access log filter ${typed?.['@type'] ?? config.name ?? ''}`,
      hint: 'there is envoy.access_loggers.extension_filters.cel',
      node: config,
      field: 'typed_config',
    })
  }
  return () => true
}
