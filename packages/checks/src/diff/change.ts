import type { Position } from '@nuncio/config'
import type { ConfigView } from '../view/config-view.ts'
import type { FieldChange } from './field-changes.ts'

export type ChangedThing =
  | 'listener'
  | 'filter chain'
  | 'route configuration'
  | 'virtual host'
  | 'route'
  | 'cluster'
  | 'endpoint'
  | 'locality'
  | 'secret'
  | 'bootstrap'

/** Connections that end because of a change, once what they carry is done. */
export interface Closing {
  readonly side: 'downstream' | 'upstream'
  /** Whose, in words: `connections of listener "main"`. */
  readonly connections: string
  readonly why: string
}

/** One thing that is not as it was. */
export interface ConfigChange {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved'
  readonly what: ChangedThing
  /** With what it belongs to: `route 2 of virtual host "shop"`. */
  readonly name: string
  /** Undefined when it was added. */
  readonly before: Position | undefined
  /** Undefined when it was removed. */
  readonly after: Position | undefined
  /** What differs, for `changed`. */
  readonly fields: readonly FieldChange[]
  readonly closes: Closing | undefined
}

/** The differences of two configurations, listeners first. */
export interface ConfigDiff {
  readonly changes: readonly ConfigChange[]
  /** Each kind of connection that closes, once. */
  readonly closes: readonly Closing[]
}

/** Two configurations, and what of the second is not as in the first. */
export class Changes {
  readonly before: ConfigView
  readonly after: ConfigView
  readonly list: ConfigChange[] = []

  constructor(before: ConfigView, after: ConfigView) {
    this.before = before
    this.after = after
  }

  get views(): readonly [ConfigView, ConfigView] {
    return [this.before, this.after]
  }

  note(change: ConfigChange): void {
    this.list.push(change)
  }

  /** `item` is a message of the configuration before. */
  removed(what: ChangedThing, name: string, item: object, closes?: Closing): void {
    const before = this.before.positionOf(item)
    this.note({ kind: 'removed', what, name, before, after: undefined, fields: [], closes })
  }

  /** `item` is a message of the configuration after. */
  added(what: ChangedThing, name: string, item: object): void {
    const after = this.after.positionOf(item)
    this.note({ kind: 'added', what, name, before: undefined, after, fields: [], closes: undefined })
  }

  changed(what: ChangedThing, name: string, pair: ItemPair, fields: readonly FieldChange[], closes?: Closing): void {
    this.note({ kind: 'changed', what, name, ...this.#positionsOf(pair), fields, closes })
  }

  moved(what: ChangedThing, name: string, pair: ItemPair): void {
    this.note({ kind: 'moved', what, name, ...this.#positionsOf(pair), fields: [], closes: undefined })
  }

  #positionsOf({ before, after }: ItemPair): Pick<ConfigChange, 'before' | 'after'> {
    return { before: this.before.positionOf(before), after: this.after.positionOf(after) }
  }
}

/** One thing in both configurations. */
export interface ItemPair {
  readonly before: object
  readonly after: object
}
