import type { Contender } from './contender.ts'
import type { LoadGenerator, LoadPlan } from './load/load.ts'
import { busyMicros, untilQuiet } from './measure/core.ts'
import { usageOf } from './measure/process-tree.ts'
import type { Pinning } from './pinning.ts'
import type { Slice } from './results.ts'

export interface SliceOptions {
  readonly generator: LoadGenerator
  readonly pinning: Pinning
  /** How long to wait for the proxy's core to fall quiet first, milliseconds. */
  readonly patienceMs: number
}

/**
 * Drives load at a contender once and says what that cost.
 * @param round which round it belongs to
 */
export async function measure(
  contender: Contender,
  plan: LoadPlan,
  options: SliceOptions,
  round: number,
): Promise<Slice> {
  const { pinning } = options
  const core = contender.pinned ? pinning.proxyCore : undefined
  if (core !== undefined) await untilQuiet(core, options.patienceMs)
  const busyBefore = core === undefined ? 0 : busyMicros(core)
  const before = usageOf(contender.pid)
  const began = performance.now()
  const result = await options.generator.run(plan, pinning.loadPrefix)
  const windowMicros = (performance.now() - began) * 1000
  const after = usageOf(contender.pid)
  const cpuMicros = after.cpuMicros - before.cpuMicros
  const busy = core === undefined ? cpuMicros : busyMicros(core) - busyBefore
  const user = after.userTicks - before.userTicks
  const system = after.systemTicks - before.systemTicks
  return {
    round,
    requests: result.requests,
    seconds: result.seconds,
    errors: result.errors,
    cpuPerRequest: cpuMicros / Math.max(1, result.requests),
    userShare: user + system > 0 ? user / (user + system) : 0,
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssMiB: after.rssKiB / 1024,
    foreign: Math.max(0, busy - cpuMicros) / windowMicros,
  }
}
