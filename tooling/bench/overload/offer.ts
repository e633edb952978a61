import { fileURLToPath } from 'node:url'
import { captureAsync } from '../command.ts'

/** So many requests a second for so long, whatever becomes of them. */
export interface Phase {
  readonly rate: number
  readonly seconds: number
}

export interface OfferPlan {
  readonly port: number
  readonly connections: number
  /** One after the other, without a pause. */
  readonly phases: readonly Phase[]
}

/** An answer: when its request was sent and how long it took, ms. */
export type Timed = readonly [atMs: number, tookMs: number]

/** What one phase saw. Times are from its beginning. */
export interface PhaseSeen {
  readonly admitted: readonly Timed[]
  /** 503. */
  readonly refused: readonly Timed[]
  /** Any other answer, a connection that broke, or none that was free. */
  readonly failed: number
  /** How late requests were sent, in the worst of a hundred cases, ms: a generator that is late offers less than it says. */
  readonly lateMs: number
}

const PROGRAM = fileURLToPath(new URL('processes/open-loop.ts', import.meta.url))

/** Offers load that does not wait for answers, from a process of its own. */
export async function offer(plan: OfferPlan, prefix: readonly string[]): Promise<readonly PhaseSeen[]> {
  return JSON.parse(await captureAsync([...prefix, process.execPath, PROGRAM, JSON.stringify(plan)])) as PhaseSeen[]
}
