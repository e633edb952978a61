import type { DecidedCluster, Locality, PrioritySet } from '@nuncio/cluster'
import type { CompileHashPolicy } from '@nuncio/balancers'
import type { Problem } from '@nuncio/config'
import type { RandomGenerator, Runtime, TimerWheel, TimeSource } from '@nuncio/core'
import type { Network } from '../connection/simulated-connection.ts'
import type { Journal } from '../record/journal.ts'

/** What the parts of one simulation share. Each source of chance is its own, so that one does not shift the others. */
export interface World {
  readonly info: DecidedCluster
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly network: Network
  readonly runtime: Runtime
  readonly balancing: RandomGenerator
  readonly health: RandomGenerator
  readonly lifetimes: RandomGenerator
  readonly ownLocality: Locality | undefined
  readonly localPriorities: PrioritySet | undefined
  readonly compileHashPolicy: CompileHashPolicy
  readonly journal: Journal
  readonly report: (problem: Problem) => void
}
