import type { FilterStateValue } from '@nuncio/core'
import type { FilterStream } from '@nuncio/filter-chain'

const KEY = 'envoy.extensions.filters.http.composite.matched_actions'

/** Which action each composite filter of a stream was told, by the filter's name. */
class MatchedActions implements FilterStateValue {
  readonly #actions: Record<string, string> = {}

  set(filter: string, action: string): void {
    this.#actions[filter] = action
  }
  typed(): object {
    return this.#actions
  }
  serialize(): string {
    return JSON.stringify(this.#actions)
  }
}

/** Notes it in the stream's filter state, for logs. */
export function noteAction(stream: FilterStream, filter: string, action: string): void {
  const state = (stream.info.filterState ??= new Map())
  let actions = state.get(KEY)
  if (!(actions instanceof MatchedActions)) state.set(KEY, (actions = new MatchedActions()))
  ;(actions as MatchedActions).set(filter, action)
}
