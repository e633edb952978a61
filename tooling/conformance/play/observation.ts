import type { ObservedBytes } from '../client/raw-client.ts'
import type { ObservedRequest, ObservedResponse } from '../wire/observed.ts'

/** What one case brought to light; normalised, and only what the case compares. */
export interface Observation {
  readonly steps: readonly ObservedStep[]
  /** What each origin received, or how many, or how many all of them did. */
  readonly origins?: Readonly<Record<string, readonly Partial<ObservedRequest>[] | number>>
  readonly log?: readonly Readonly<Record<string, string>>[]
  readonly stats?: Readonly<Record<string, number | 'absent'>>
}

export type ObservedStep =
  | ObservedResponse
  | ObservedBytes
  | readonly ObservedResponse[]
  /** Of many equal requests: how often each status with each body. */
  | { readonly tally: Readonly<Record<string, number>> }
  | { readonly admin: unknown }
  | { readonly reached: boolean }
  | { readonly counters: Readonly<Record<string, number>> }
  | { readonly waited: number }
  | { readonly wrote: readonly string[] }
  | { readonly released: string }
