import type { Report } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { LoadShedPoint, OverloadState, StatsScope, TimeSource } from '@nuncio/core'
import type { Machine } from './contracts.ts'
import { ResetHeavyStreams } from './heavy-streams.ts'
import type { Effect } from './reaction.ts'
import { reduceTimeouts } from './reduce-timeouts.ts'
import { ShrinkHeap } from './shrink-heap.ts'

/** What effects are made of. */
export interface EffectContext {
  readonly state: OverloadState
  readonly machine: Machine
  readonly time: TimeSource
  readonly config: Message<'envoy.config.overload.v3.OverloadManager'>
  readonly report: Report
}

type Action = Message<'envoy.config.overload.v3.OverloadAction'>
type MakeEffect = (config: Action, context: EffectContext, stats: StatsScope, path: string) => Effect | undefined

const sheds =
  (pointOf: (state: OverloadState) => LoadShedPoint): MakeEffect =>
  (_config, { state }) =>
    share(pointOf(state))

function share(point: LoadShedPoint): Effect {
  return { onState: (value) => void (point.share = value) }
}

/** Every overload action, by Envoy's name. */
export const ACTIONS: ReadonlyMap<string, MakeEffect> = new Map<string, MakeEffect>([
  ['envoy.overload_actions.stop_accepting_requests', sheds((state) => state.stopAcceptingRequests)],
  ['envoy.overload_actions.disable_http_keepalive', sheds((state) => state.disableKeepAlive)],
  [
    'envoy.overload_actions.stop_accepting_connections',
    // Not by chance: it is for a resource that is used up.
    (_config, { state }) => ({ onState: (value) => void (state.stopAcceptingConnections.share = value >= 1 ? 1 : 0) }),
  ],
  ['envoy.overload_actions.reject_incoming_connections', sheds((state) => state.rejectIncomingConnections)],
  [
    'envoy.overload_actions.shrink_heap',
    (_config, { machine, time }, stats) => new ShrinkHeap(machine, time, stats.counter('shrink_count')),
  ],
  [
    'envoy.overload_actions.reduce_timeouts',
    (config, { state, report }, _stats, path) => reduceTimeouts(config, state, report, path),
  ],
  ['envoy.overload_actions.reset_high_memory_stream', resetHeavyStreams],
])

function resetHeavyStreams(
  action: Action,
  { state, config, report }: EffectContext,
  stats: StatsScope,
  path: string,
): Effect | undefined {
  const buffers = config.buffer_factory_config
  if (buffers !== undefined) {
    // Envoy's name for this one does not begin with `overload.`.
    const count = stats.store.counter(`${action.name ?? ''}.count`)
    return new ResetHeavyStreams(state, buffers.minimum_account_to_track_power_of_two, count)
  }
  const message = `${action.name ?? ''} requires buffer_factory_config`
  const hint = 'buffer_factory_config: { minimum_account_to_track_power_of_two: 20 } weighs streams from 1 MiB'
  report({ code: 'overload', path: `${path}.name`, message, hint, node: action, field: 'name' })
  return undefined
}

/** Every load shed point that the data plane has a place for, by Envoy's name. */
export const LOAD_SHED_POINTS: ReadonlyMap<string, (state: OverloadState) => LoadShedPoint> = new Map<
  string,
  (state: OverloadState) => LoadShedPoint
>([
  ['envoy.load_shed_points.tcp_listener_accept', (state) => state.tcpListenerAccept],
  ['envoy.load_shed_points.hcm_ondata_creating_codec', (state) => state.creatingCodec],
  ['envoy.load_shed_points.http_connection_manager_decode_headers', (state) => state.decodeHeaders],
  ['envoy.load_shed_points.http1_server_abort_dispatch', (state) => state.http1AbortDispatch],
  ['envoy.load_shed_points.http2_server_go_away_on_dispatch', (state) => state.http2GoAway],
  ['envoy.load_shed_points.http2_server_go_away_and_close_on_dispatch', (state) => state.http2GoAwayAndClose],
  ['envoy.load_shed_points.http_downstream_filter_check', (state) => state.filterCheck],
  ['envoy.load_shed_points.connection_pool_new_connection', (state) => state.newUpstreamConnection],
])

/** A load shed point set by the overload manager. */
export function shedding(point: LoadShedPoint, stats: StatsScope): Effect {
  point.count = stats.counter('shed_load_count')
  return share(point)
}
