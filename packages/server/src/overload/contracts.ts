import type { Report } from '@nuncio/access-log'
import type { MessageSchema } from '@nuncio/config'
import type { LateRequests, StatsScope, TimeSource } from '@nuncio/core'

/** What is read of the machine to tell how loaded it is; a test scripts it. Nothing throws. */
export interface Machine {
  /** Bytes in use on V8's heap and outside of it in buffers; garbage that was not collected yet counts. */
  heapBytes(): number
  /** File descriptors that this process has open, and how many it may have; undefined where the system does not tell. */
  openFiles(): number | undefined
  fileLimit(): number | undefined
  /** How late timers fired on average since the last call, ms. */
  loopDelayMs(): number
  /** How long the current turn of the event loop has been going on since this was first asked in it, ms. */
  turnMs(): number
  cores(): number
  /** A small file, such as those of /proc and of cgroups; undefined when it cannot be read. */
  readText(file: string): string | undefined
  /** Collects all garbage now; blocks the event loop meanwhile. */
  collectGarbage(): void
}

/** One thing that can run out. */
export interface ResourceMonitor {
  /** How much of it is in use, 0 to 1 or above; undefined when that could not be learnt. */
  pressure(): number | undefined
}

export interface MonitorContext {
  readonly machine: Machine
  readonly time: TimeSource
  /** Downstream connections that are open. */
  readonly connections: () => number
  /** What `request_wait` decides; the data plane asks it about each request. */
  readonly lateRequests: LateRequests
  /** Of this monitor: `overload.<name>.` */
  readonly stats: StatsScope
  readonly report: Report
}

/** What the registry holds of a resource monitor. */
export interface ResourceMonitorDefinition<C = unknown> {
  /** `envoy.resource_monitors.fixed_heap` */
  readonly name: string
  readonly config: MessageSchema<C>
  /** Undefined after reporting what is wrong. */
  create(config: C, context: MonitorContext): ResourceMonitor | undefined
}
