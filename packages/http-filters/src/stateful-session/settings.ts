import { isMessage, type Message } from '@nuncio/config'
import type { Counter } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import { CookieState } from './cookie-state.ts'
import { EnvelopeState } from './envelope-state.ts'
import { HeaderState } from './header-state.ts'
import type { SessionState } from './session-state.ts'

type Config = Message<'envoy.extensions.filters.http.stateful_session.v3.StatefulSession'>

/** How sessions fared. */
export interface SessionStats {
  /** The host that was asked for answered. */
  readonly routed: Counter
  /** Another one did. */
  readonly failedOpen: Counter
  /** None did, as no other may. */
  readonly failedClosed: Counter
  /** The request has no session. */
  readonly noSession: Counter
}

/** One StatefulSession message, compiled. */
export interface SessionSettings {
  /** Undefined: there are no sessions. */
  readonly state: SessionState | undefined
  /** Only the host that was asked for will do, or this status. */
  readonly strict: { readonly status: number } | undefined
  /** Undefined: nothing is counted, for want of a `stat_prefix`. */
  readonly stats: SessionStats | undefined
}

export const NO_SESSIONS: SessionSettings = { state: undefined, strict: undefined, stats: undefined }

export function compileSession(
  config: Config,
  place: ConfigPlace,
  context: Pick<FilterContext, 'stats'>,
): SessionSettings {
  const { stat_prefix: prefix = '', status_on_strict_destination_not_found: status = 503 } = config
  return {
    state: stateOf(config, place),
    strict: config.strict === true ? { status: status === 0 ? 503 : status } : undefined,
    stats: prefix === '' ? undefined : statsOf(context, prefix),
  }
}

function stateOf(config: Config, place: ConfigPlace): SessionState | undefined {
  const any = config.session_state?.typed_config
  if (isMessage(any, 'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState'))
    return new CookieState(any)
  if (isMessage(any, 'envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState'))
    return new HeaderState(any)
  if (isMessage(any, 'envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState'))
    return new EnvelopeState(any)
  if (config.session_state !== undefined)
    place
      .at('session_state', config.session_state)
      .error('unsupported', `there is no session state ${quoted(any?.['@type'] ?? '')}`)
  return undefined
}

function statsOf({ stats }: Pick<FilterContext, 'stats'>, prefix: string): SessionStats {
  const counter = (name: string): Counter => stats.counter(`stateful_session.${prefix}.${name}`)
  return {
    routed: counter('routed'),
    failedOpen: counter('failed_open'),
    failedClosed: counter('failed_closed'),
    noSession: counter('no_session'),
  }
}
