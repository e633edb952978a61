import { restText } from '#rest-of-table'
import { FIRST_TEXT } from '../generated/table/first.ts'
import type { Table } from '../table.ts'

let first: Table | undefined
let rest: Table | undefined

/**
 * Envoy's API as a table in two parts. The first has what nearly every file names, and all that those messages refer to;
 * the rest is read when something else is asked for.
 */
export const envoyTables: readonly (() => Table)[] = [
  () => (first ??= JSON.parse(FIRST_TEXT) as Table),
  () => (rest ??= JSON.parse(restText()) as Table),
]
