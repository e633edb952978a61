import type { Report } from '@nuncio/access-log'
import { isMessage, type Message } from '@nuncio/config'
import type { OverloadState, ShrinkingTimeout } from '@nuncio/core'
import type { Effect } from './reaction.ts'

const TYPE = 'envoy.config.overload.v3.ScaleTimersOverloadActionConfig'

type Timer = NonNullable<Message<`${typeof TYPE}.ScaleTimer`>['timer']>

/** `reduce_timeouts`; undefined after reporting what is wrong with its configuration. */
export function reduceTimeouts(
  config: Message<'envoy.config.overload.v3.OverloadAction'>,
  state: OverloadState,
  report: Report,
  path: string,
): Effect | undefined {
  const typed = config.typed_config
  const problem = (node: object, field: string, message: string, hint: string): void =>
    report({ code: 'overload', path: `${path}.${field}`, message, hint, node, field })
  if (!isMessage(typed, TYPE)) {
    problem(config, 'typed_config', `${config.name ?? ''} needs a typed_config`, `a message of the type ${TYPE}`)
    return undefined
  }
  const timeouts = (typed.timer_scale_factors ?? []).flatMap((factor) => {
    const timeout = timeoutOf(state, factor.timer)
    if (timeout === undefined) {
      problem(factor, 'timer', `nuncio cannot scale ${factor.timer ?? 'UNSPECIFIED'}`, 'take this timer out')
      return []
    }
    timeout.minimum =
      factor.min_timeout === undefined ? { share: (factor.min_scale?.value ?? 0) / 100 } : { ms: factor.min_timeout }
    return [timeout]
  })
  return {
    onState(value) {
      for (const timeout of timeouts) timeout.state = value
      for (const subject of state.subjects) subject.timeoutsChanged()
    },
  }
}

type Field = 'connectionIdle' | 'connectionDuration' | 'streamIdle' | 'transportSocketConnect'

const FIELDS: { readonly [K in Timer]?: Field } = {
  HTTP_DOWNSTREAM_CONNECTION_IDLE: 'connectionIdle',
  HTTP_DOWNSTREAM_STREAM_IDLE: 'streamIdle',
  HTTP_DOWNSTREAM_CONNECTION_MAX: 'connectionDuration',
  TRANSPORT_SOCKET_CONNECT: 'transportSocketConnect',
}

function timeoutOf(state: OverloadState, timer: Timer | undefined): ShrinkingTimeout | undefined {
  const field = timer === undefined ? undefined : FIELDS[timer]
  return field === undefined ? undefined : state[field]
}
