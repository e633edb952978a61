import type { JsonValue, Position } from '@nuncio/config'
import type { ToolRequest } from '../request/tool-request.ts'
import type { Outcome } from './outcome.ts'

/** One thing that a test expects. */
export interface Check {
  /** What is compared, as the file calls it: `cluster_name`, `expect.path`. */
  readonly field: string
  readonly expected: string
  readonly position: Position | undefined
  /** Where the expected value stands in the test file, for updates; undefined for what is not updated. */
  readonly path: readonly (string | number)[] | undefined
  /** Undefined when the outcome is as expected; else what it is, as a reader sees it and as a file writes it. */
  readonly actual: (outcome: Outcome) => Mismatch | undefined
}

export interface Mismatch {
  readonly text: string
  readonly value?: string | number
}

/** A test, whatever it was written in. */
export interface TestCase {
  readonly name: string
  readonly position: Position | undefined
  /** Its number in the file. */
  readonly index: number
  readonly request: ToolRequest
  /** Envoy's tool asks the route table itself: no connection manager stands before it. */
  readonly bare: boolean
  readonly internal: boolean
  readonly listener: string | undefined
  /** The one runtime key that is on, for Envoy's format; undefined: the runtime is what `runtime` and the file say. */
  readonly activeKey: string | undefined
  readonly runtime: ReadonlyMap<string, JsonValue>
  /** Response headers that come from the upstream. */
  readonly responseHeaders: readonly (readonly [string, string])[]
  readonly checks: readonly Check[]
}

export interface TestFile {
  readonly file: string
  readonly format: 'envoy' | 'own'
  /** The configuration that the file names; '' when it names none. */
  readonly config: string
  readonly cases: readonly TestCase[]
}
