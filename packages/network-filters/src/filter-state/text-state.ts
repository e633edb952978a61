import type { FilterStateValue } from '@nuncio/core'
import type { NetworkConnection } from '@nuncio/listener'

/** A text in filter state. */
export class TextState implements FilterStateValue {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  serialize(): string {
    return this.#text
  }
}

/** Puts a text into the filter state of a connection; what was there under the name is replaced. */
export function setTextState({ info }: NetworkConnection, key: string, text: string): void {
  info.filterState ??= new Map()
  info.filterState.set(key, new TextState(text))
}
