import { stringify } from 'yaml'
import type { RouteTestRow } from './protocol.ts'
import { testOf } from './test-of.ts'

/** The rows as a file of route tests. */
export function routeTestFile(rows: readonly RouteTestRow[]): string {
  return stringify({ tests: rows.map(testOf) })
}
