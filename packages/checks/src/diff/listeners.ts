import type { AnyMessage, Message } from '@nuncio/config'
import { FIELDS_OF_STREAMS } from '@nuncio/filter-chain'
import { quoted } from '@nuncio/matching'
import { addressText, type FilterChain, type Hcm, type Listener, listenerName } from '../view/managers.ts'
import type { Changes, Closing } from './change.ts'
import { canonicalText, sameValue } from './equal.ts'
import { fieldChanges } from './field-changes.ts'
import { pairBy } from './pair.ts'

const LISTENER = 'envoy.config.listener.v3.Listener'
const CHAIN = 'envoy.config.listener.v3.FilterChain'
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** Compares listeners and their filter chains; routes, wherever they stand, are compared elsewhere. */
export function compareListeners(changes: Changes): void {
  const { before, after } = changes
  const { both, added, removed } = pairBy(before.loaded.listeners, after.loaded.listeners, listenerName)
  for (const { item } of removed)
    changes.removed('listener', nameOf(item), item, closing(item, undefined, 'the listener goes'))
  for (const { item } of added) changes.added('listener', nameOf(item), item)
  for (const pair of both) compareListener(pair.before, pair.after, changes)
}

function nameOf(listener: Listener): string {
  return `listener ${quoted(listenerName(listener))}`
}

function closing(listener: Listener, chain: string | undefined, why: string): Closing {
  return {
    side: 'downstream',
    connections: `connections of ${chain === undefined ? '' : `${chain} of `}${nameOf(listener)}`,
    why,
  }
}

function compareListener(before: Listener, after: Listener, changes: Changes): void {
  if (sameValue(before, after)) return
  const [x, y] = [withoutChains(before), withoutChains(after)]
  if (!sameValue(x, y)) {
    const moved = !sameValue(before.address, after.address)
    const why = moved
      ? `its address changes from ${addressText(before.address)} to ${addressText(after.address)}`
      : 'the listener itself changes, and is made anew'
    const sides = { before: x, after: y, beforeRoot: before, afterRoot: after }
    const fields = fieldChanges(LISTENER, changes.views, sides)
    changes.changed('listener', nameOf(after), { before, after }, fields, closing(after, undefined, why))
  }
  const chains = pairBy(before.filter_chains ?? [], after.filter_chains ?? [], chainKey)
  for (const { item, index } of chains.removed) removedChain(before, item, chainName(item, index), changes)
  for (const { item, index } of chains.added) addedChain(after, item, chainName(item, index), changes)
  for (const pair of chains.both)
    compareChain(after, pair.before, pair.after, chainName(pair.after, pair.afterIndex), changes)
  const [defaultBefore, defaultAfter] = [before.default_filter_chain, after.default_filter_chain]
  if (defaultBefore !== undefined && defaultAfter !== undefined)
    compareChain(after, defaultBefore, defaultAfter, 'the default filter chain', changes)
  else if (defaultBefore !== undefined) removedChain(before, defaultBefore, 'the default filter chain', changes)
  else if (defaultAfter !== undefined) addedChain(after, defaultAfter, 'the default filter chain', changes)
}

function withoutChains(listener: Listener): Listener {
  const { filter_chains: _, default_filter_chain: __, ...rest } = listener
  return rest
}

/** A chain without a name is the one for the connections that it matches. */
function chainKey(chain: FilterChain): string {
  return chain.name !== undefined && chain.name !== ''
    ? `name ${chain.name}`
    : `match ${canonicalText(chain.filter_chain_match ?? {})}`
}

function chainName(chain: FilterChain, index: number): string {
  return chain.name !== undefined && chain.name !== '' ? `filter chain ${quoted(chain.name)}` : `filter chain ${index}`
}

function removedChain(listener: Listener, chain: FilterChain, name: string, changes: Changes): void {
  const closes = closing(listener, name, 'the filter chain goes')
  changes.removed('filter chain', `${name} of ${nameOf(listener)}`, chain, closes)
}

function addedChain(listener: Listener, chain: FilterChain, name: string, changes: Changes): void {
  changes.added('filter chain', `${name} of ${nameOf(listener)}`, chain)
}

function compareChain(
  listener: Listener,
  before: FilterChain,
  after: FilterChain,
  name: string,
  changes: Changes,
): void {
  const [x, y] = [without(before, ROUTES), without(after, ROUTES)]
  if (sameValue(x, y)) return
  const kept = sameValue(without(before, FIELDS_OF_STREAMS), without(after, FIELDS_OF_STREAMS))
  const why = sameValue(x.transport_socket, y.transport_socket) ? 'its filters change' : 'its TLS changes'
  const fields = fieldChanges(CHAIN, changes.views, { before: x, after: y, beforeRoot: before, afterRoot: after })
  const closes = kept ? undefined : closing(listener, name, why)
  changes.changed('filter chain', `${name} of ${nameOf(listener)}`, { before, after }, fields, closes)
}

/** Compared by themselves. */
const ROUTES = ['route_config'] as const

/** A chain without some fields of its connection manager. */
function without(chain: FilterChain, fields: readonly (keyof Hcm)[]): FilterChain {
  const filters = chain.filters?.map((filter): Message<'envoy.config.listener.v3.Filter'> => {
    if (filter.typed_config?.['@type'] !== HCM) return filter
    const rest = Object.entries(filter.typed_config).filter(([field]) => !(fields as readonly string[]).includes(field))
    return { ...filter, typed_config: Object.fromEntries(rest) as AnyMessage }
  })
  return filters === undefined ? chain : { ...chain, filters }
}
