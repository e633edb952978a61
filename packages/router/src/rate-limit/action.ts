import type { RateLimitEntry, RateLimitStream } from './contracts.ts'

/** Adds one entry to a descriptor. */
export interface RateLimitAction {
  /** `NO_ENTRY`: nothing to add, the others go on. Undefined: there is to be no descriptor at all. */
  entry(stream: RateLimitStream, localCluster: string): RateLimitEntry | undefined
}

export const NO_ENTRY: RateLimitEntry = Object.freeze({ key: '', value: '' })
