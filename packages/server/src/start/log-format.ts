import type { Message } from '@nuncio/config'
import type { Logger } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'

/** What a logger offers whose lines can have another form. */
interface Formatted {
  /** Takes a pattern of `--log-format`; false where the command line has given one. */
  setFormat(pattern: string): boolean
}

/** Flags that print a message as it is, which may end the text of a JSON object before its time. */
const UNSAFE_IN_JSON = /%[v_]/

/** Gives the log of the process the form of `application_log_config`; `place` is that of the bootstrap. */
export function applyLogFormat(
  bootstrap: Message<'envoy.config.bootstrap.v3.Bootstrap'>,
  logger: Logger,
  place: ConfigPlace,
): void {
  const config = bootstrap.application_log_config?.log_format
  if (config === undefined) return
  const at = place.at('application_log_config', bootstrap.application_log_config).at('log_format', config)
  const { json_format: json, text_format: text } = config
  const pattern = json === undefined ? text : JSON.stringify(json)
  if (pattern === undefined) return at.error('missing-field', 'a log format needs json_format or text_format')
  if (json !== undefined && UNSAFE_IN_JSON.test(pattern))
    return at.at('json_format').error('invalid-value', '%v and %_ are not for JSON', 'Use %j for the message.')
  const set = (logger as Partial<Formatted>).setFormat?.(pattern)
  if (set === false) at.error('conflict', 'the command line has said already how lines look', 'Leave out --log-format.')
}
