import type { FilterStateValue } from '@nuncio/core'

/** A text in filter state. */
export class TextState implements FilterStateValue {
  readonly #text: string
  /** It stays, whoever sets another one under its name. */
  readonly readOnly: boolean

  constructor(text: string, readOnly = false) {
    this.#text = text
    this.readOnly = readOnly
  }

  serialize(): string {
    return this.#text
  }
}

/** Whoever has filter state: a stream, or a connection for all its streams. */
export interface StateHolder {
  filterState: Map<string, FilterStateValue> | undefined
}

/** Puts a text into filter state; what was there under the name is replaced, unless it is read-only. */
export function setTextState(holder: StateHolder, key: string, text: string, readOnly = false): void {
  const state = (holder.filterState ??= new Map())
  const before = state.get(key)
  if (!(before instanceof TextState && before.readOnly)) state.set(key, new TextState(text, readOnly))
}
