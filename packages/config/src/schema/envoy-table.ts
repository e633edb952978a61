import { TABLE_TEXT } from '../generated/table.ts'
import type { Table } from '../table.ts'

let table: Table | undefined

/** Envoy's API as one table. Read from its text on first use, so that importing this package costs little. */
export function envoyTable(): Table {
  table ??= JSON.parse(TABLE_TEXT) as Table
  return table
}
