import type { Message } from '@nuncio/config'
import type { ListenerInfo } from '../decide/listener-info.ts'
import type { DownstreamConnection } from './connection.ts'
import { attempt, type FilterChainSite } from './filter-chain.ts'
import type { ActiveListenerFilter } from './inspection.ts'

type Predicate = Message<'envoy.config.listener.v3.ListenerFilterChainMatchPredicate'>

/** Makes the listener filters of a listener; a `NuncioError` that one throws becomes a problem at its place. */
export function createListenerFilters<S>(
  info: ListenerInfo<S>,
  site: FilterChainSite<S>,
): readonly ActiveListenerFilter[] {
  const { context, stats, report } = site
  const made = info.listenerFilters.map(({ definition, config, path, disabled }): ActiveListenerFilter | undefined => {
    const filterContext = {
      stats: context.stats.scope(''),
      listenerStats: stats,
      time: context.time,
      random: context.random,
      runtime: context.runtime,
      logger: context.logger.child('filter'),
      path,
      report,
    }
    const filter = attempt(() => definition.create(config, filterContext), path, report)
    return (
      filter && {
        filter,
        maxBytes: definition.maxBytes(config),
        disabled: disabled === undefined ? neverDisabled : (connection) => matches(disabled, connection),
      }
    )
  })
  return made.filter((one) => one !== undefined)
}

function neverDisabled(): boolean {
  return false
}

function matches(predicate: Predicate, connection: DownstreamConnection): boolean {
  if (predicate.any_match === true) return true
  if (predicate.or_match !== undefined)
    return (predicate.or_match.rules ?? []).some((rule) => matches(rule, connection))
  if (predicate.and_match !== undefined)
    return (predicate.and_match.rules ?? []).every((rule) => matches(rule, connection))
  if (predicate.not_match !== undefined) return !matches(predicate.not_match, connection)
  const { start = 0, end = 0 } = predicate.destination_port_range ?? {}
  return connection.local.port >= start && connection.local.port < end
}
