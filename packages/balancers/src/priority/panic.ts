import type { LoadBalancerSetup } from '../contracts.ts'

/** The panic threshold in percent, as the runtime has it now. */
export function currentPanicThreshold(setup: LoadBalancerSetup): number {
  return Math.min(100, setup.runtime.number('upstream.healthy_panic_threshold', setup.panicThreshold))
}
