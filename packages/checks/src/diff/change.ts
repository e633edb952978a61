import type { Position } from '@nuncio/config'
import type { FieldChange } from './field-changes.ts'

export type ChangedThing =
  | 'listener'
  | 'filter chain'
  | 'route configuration'
  | 'virtual host'
  | 'route'
  | 'cluster'
  | 'endpoint'
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

/** Collects changes. */
export class Changes {
  readonly list: ConfigChange[] = []

  add(change: Omit<ConfigChange, 'fields' | 'closes'> & Partial<Pick<ConfigChange, 'fields' | 'closes'>>): void {
    this.list.push({ ...change, fields: change.fields ?? [], closes: change.closes })
  }
}
