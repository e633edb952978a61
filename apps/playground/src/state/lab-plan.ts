import type { PolicyName, ScoreWeights, ServiceSpread } from '@nuncio/simulator'

/** What the laboratory is told. */
export interface LabPlan {
  /** The configuration that the cluster is in. */
  readonly text: string
  readonly cluster: string
  /** '' = as configured. */
  readonly policy: PolicyName | ''
  /** Of the score policy's terms. */
  readonly weights: ScoreWeights
  readonly rps: number
  readonly seconds: number
  readonly seed: number
  readonly keys: number
  readonly roundTripMs: number
  readonly meanMs: number
  readonly spread: ServiceSpread
  readonly workers: number
  /** Hosts whose service times are so many times as long as the others'. */
  readonly hosts: readonly { readonly address: string; readonly factor: number }[]
  /** As `parseIncident` reads them. */
  readonly incidents: readonly string[]
}
