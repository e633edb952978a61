import { compileSubstitutionFormat, formatContext, type Formatter } from '@nuncio/access-log'
import { envoyMessage, type Message } from '@nuncio/config'
import { StreamInfo } from '@nuncio/core'
import type { NetworkConnection, NetworkFilter, NetworkFilterContext, NetworkFilterDefinition } from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import { hostname } from 'node:os'
import { setTextState } from '../filter-state/text-state.ts'
import type { HttpServices } from '../http-services/http-services.ts'
import { findingReporter } from '../log-matchers/log-matchers.ts'
import { setFilterStateHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.network.set_filter_state.v3.Config'>
type Values = NonNullable<Config['on_new_connection']>
type Context = NetworkFilterContext<HttpServices>

/** Kinds of objects that something here reads; others would be set for nobody. */
const FACTORIES: readonly string[] = [
  'envoy.string',
  'envoy.hashable_string',
  'envoy.tcp_proxy.cluster',
  'envoy.tcp_proxy.disable_tunneling',
  'envoy.tcp_proxy.per_connection_idle_timeout_ms',
  'envoy.upstream.dynamic_host',
]

interface Setting {
  readonly key: string
  readonly formatter: Formatter
  readonly skipIfEmpty: boolean
}

function compileSettings(values: Values | undefined, field: keyof Config, config: Config, context: Context): Setting[] {
  const { path, sources, time, random, services } = context
  const report = context.report.bind(context)
  const root = configPlace(config, { report, sources, path })
  const { platform } = services
  return (values ?? []).flatMap((value, i) => {
    const key = value.object_key ?? ''
    const factory = value.factory_key ?? key
    if (!FACTORIES.includes(factory)) {
      const message = `nuncio has no filter state object "${factory}"`
      root.item(field, i, value).error('unsupported', message, `there are ${FACTORIES.join(', ')}`)
      return []
    }
    const format = compileSubstitutionFormat(value.format_string ?? {}, {
      report: findingReporter(`${path}.${field}[${i}].format_string`, report, sources),
      readFile: platform.readFile,
      controls: 'none',
      environment: { hostname: hostname(), environment: platform.environment, time, random },
    })
    const skipIfEmpty = value.skip_if_empty ?? false
    return format === undefined ? [] : [{ key, formatter: format.formatter, skipIfEmpty }]
  })
}

function create(config: Config, context: Context): NetworkFilter {
  const always = compileSettings(config.on_new_connection, 'on_new_connection', config, context)
  const secured = compileSettings(config.on_downstream_tls_handshake, 'on_downstream_tls_handshake', config, context)
  const { time } = context
  return {
    onNewConnection: (connection) => {
      set(always, connection, time.wallMs())
      if (connection.info.tls !== undefined) set(secured, connection, time.wallMs())
    },
  }
}

/** One after the other: a format may read what stands before it. */
function set(settings: readonly Setting[], connection: NetworkConnection, wallMs: number): void {
  for (const { key, formatter, skipIfEmpty } of settings) {
    const text = formatter.format(formatContext(new StreamInfo(connection.info, connection.info.startMs, wallMs)))
    if (text !== '' || !skipIfEmpty) setTextState(connection, key, text)
  }
}

/** `envoy.filters.network.set_filter_state`: gives a connection named texts that later filters and logs read. */
export const setFilterState: NetworkFilterDefinition<Config, HttpServices> = {
  name: 'envoy.filters.network.set_filter_state',
  config: envoyMessage('envoy.extensions.filters.network.set_filter_state.v3.Config', setFilterStateHonours),
  stability: 'stable',
  terminal: false,
  create,
}
