import {
  compileSubstitutionFormat,
  type FormatContext,
  type FormatEnvironment,
  type Formatter,
} from '@nuncio/access-log'
import type { Honours, Message } from '@nuncio/config'
import { formatHonours } from '@nuncio/access-log'
import type { ConfigPlace } from '@nuncio/matching'
import { setTextState, type StateHolder } from './text-state.ts'

type Values = readonly Message<'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue'>[] | undefined

/** Kinds of objects that something here reads; others would be set for nobody. */
const FACTORIES: readonly string[] = [
  'envoy.string',
  'envoy.hashable_string',
  'envoy.tcp_proxy.cluster',
  'envoy.tcp_proxy.disable_tunneling',
  'envoy.tcp_proxy.per_connection_idle_timeout_ms',
  'envoy.upstream.dynamic_host',
]

/** What is honoured of values that filters write into the filter state. */
export const stateValueHonours: Honours = {
  ...formatHonours,
  'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue': {
    honoured: ['object_key', 'factory_key', 'format_string', 'read_only', 'skip_if_empty'],
    unsupported: { shared_with_upstream: 'it stays with the connection or the request that it was set on' },
  },
}

/** A text that is to be put into filter state. */
interface StateValue {
  readonly key: string
  readonly formatter: Formatter
  readonly skipIfEmpty: boolean
  readonly readOnly: boolean
}

/** What the formats of such values need. */
export interface StateValueOptions {
  readonly environment: FormatEnvironment
  readonly readFile: (path: string) => Uint8Array
}

/** Texts for filter state, in the order in which they are set: a format may read what stands before it. */
export class StateValues {
  readonly #values: readonly StateValue[]

  constructor(values: readonly StateValue[]) {
    this.#values = values
  }

  /** Sets them where they belong, as `context` has them. */
  apply(holder: StateHolder, context: FormatContext): void {
    for (const { key, formatter, skipIfEmpty, readOnly } of this.#values) {
      const text = formatter.format(context)
      if (text !== '' || !skipIfEmpty) setTextState(holder, key, text, readOnly)
    }
  }
}

/** Compiles the list of filter state values in a field of the message at `place`. */
export function compileStateValues(
  values: Values,
  field: string,
  place: ConfigPlace,
  options: StateValueOptions,
): StateValues {
  const compiled = (values ?? []).map((value, i) => compileValue(value, place.item(field, i, value), options))
  return new StateValues(compiled.filter((value) => value !== undefined))
}

function compileValue(
  config: NonNullable<Values>[number],
  place: ConfigPlace,
  options: StateValueOptions,
): StateValue | undefined {
  const key = config.object_key ?? ''
  const factory = config.factory_key ?? key
  if (!FACTORIES.includes(factory)) {
    place.error('unsupported', `nuncio has no filter state object "${factory}"`, `there are ${FACTORIES.join(', ')}`)
    return undefined
  }
  const at = place.at('format_string', config.format_string)
  const format = compileSubstitutionFormat(config.format_string ?? {}, {
    ...options,
    controls: 'none',
    report: ({ code, path, message, hint, node }) => at.at(path, node).error(code, message, hint),
  })
  if (format === undefined) return undefined
  return {
    key,
    formatter: format.formatter,
    skipIfEmpty: config.skip_if_empty === true,
    readOnly: config.read_only === true,
  }
}
