import type { Problem } from '@nuncio/config'
import type { RequestExplanation } from '@nuncio/checks'
import type { HashPicture, SimulationReport } from '@nuncio/simulator'
import type { MapModel } from '../map/model.ts'
import type { LabPlan } from '../state/lab-plan.ts'

/** A request as the page keeps it: texts, as somebody typed them. */
export interface AskedRequest {
  readonly method: string
  readonly url: string
  /** Lines of `name: value`. */
  readonly headers: string
  /** The client's address; '' = 127.0.0.1. */
  readonly source: string
  /** The stream's random number; '' = 0. */
  readonly random: string
}

/** What is known of a text. */
export interface Checked {
  /** `bootstrap`, `config-dump`, `route-configuration`, … */
  readonly kind: string
  /** Whether it is YAML or JSON at all. */
  readonly readable: boolean
  /** What is wrong, and what lint says, in the order of the file. */
  readonly problems: readonly Problem[]
}

/** What a configuration consists of. */
export interface Overview {
  readonly map: MapModel
  /** One that leads to its first route; '' when it has none. */
  readonly url: string
  readonly clusters: readonly ClusterSummary[]
}

export interface ClusterSummary {
  readonly name: string
  readonly policy: string
  /** Addresses, as simulations and incidents name hosts. */
  readonly hosts: readonly string[]
  readonly zones: readonly string[]
}

export type HeaderLines = readonly (readonly [name: string, value: string])[]

/** What became of a request. */
export interface Answer {
  readonly explanation: RequestExplanation
  /** The outcome in one sentence. */
  readonly verdict: string
  /** Ids of the map's nodes on its way, in order. */
  readonly way: readonly string[]
  readonly headersBefore: HeaderLines
  /** As the upstream would see them; the same as before when nothing is forwarded. */
  readonly headersAfter: HeaderLines
  /** What a route test would expect of it. */
  readonly expect: Expectation
}

export type Expectation = Readonly<Record<string, string | number>>

/** A request with what is expected of it. */
export interface RouteTestRow {
  readonly request: AskedRequest
  readonly expect: Expectation
}

/** How one test went; '' = it passed. */
export interface RouteTestOutcome {
  readonly failure: string
}

export interface CompletionOption {
  readonly label: string
  readonly detail: string
  /** What is written when it is taken. */
  readonly apply: string
  readonly kind: 'property' | 'enum' | 'type' | 'constant'
}

export interface Completion {
  /** Where the word that is replaced begins. */
  readonly from: number
  readonly options: readonly CompletionOption[]
}

export interface Hover {
  readonly from: number
  readonly to: number
  readonly name: string
  readonly type: string
  readonly doc: string
  readonly notes: readonly string[]
}

/** What a page can ask its worker. Every call answers with a promise on the page's side. */
export interface Calls {
  /** With `typed`, a text that cannot be read leaves what the other calls are about as it was. */
  check(text: string, typed: boolean): Checked
  /** Of the text that was checked last, as are `explain` and `test`. */
  overview(): Promise<Overview>
  explain(request: AskedRequest): Promise<Answer>
  test(rows: readonly RouteTestRow[]): Promise<readonly RouteTestOutcome[]>
  /** Route tests as a file for `nuncio route-test`. */
  testFile(rows: readonly RouteTestRow[]): Promise<string>
  canonical(text: string): Promise<{ readonly text: string; readonly problems: readonly Problem[] }>
  complete(text: string, offset: number): Promise<Completion | undefined>
  hover(text: string, offset: number): Promise<Hover | undefined>
  /** Runs a plan; `onProgress` hears the share that is done. */
  simulate(plan: LabPlan, onProgress: (share: number) => void): Promise<SimulationReport>
  hashPicture(plan: LabPlan, absent: readonly string[]): Promise<HashPicture | undefined>
}

export type CallName = keyof Calls

/** From the page. */
export interface CallMessage {
  readonly id: number
  readonly call: CallName
  readonly args: readonly unknown[]
}

/** From the page, before any call: messages that are neither Envoy's nor nuncio's, as JSON. */
export interface OwnMessages {
  readonly messages: string
}

/** To the page; exactly one `result` or `error` for each call. */
export type ReplyMessage =
  | { readonly id: number; readonly progress: number }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly hint: string }
