import type { Report } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'

type TriggerConfig = Message<'envoy.config.overload.v3.Trigger'>

/** When a resource's pressure sets off an action, and how far. */
export interface Trigger {
  /** Name of the resource monitor. */
  readonly monitor: string
  /** 0: not at all; 1: fully. */
  state(pressure: number): number
}

/** Compiles the triggers of an action or a load shed point; each monitor may be named once. */
export function compileTriggers(
  configs: readonly TriggerConfig[],
  monitors: ReadonlySet<string>,
  report: Report,
  path: string,
): Trigger[] {
  const seen = new Set<string>()
  return configs.flatMap((config, i) => {
    const at = `${path}.triggers[${i}]`
    const problem = (field: string, message: string, hint: string): [] => {
      report({ code: 'overload', path: `${at}.${field}`, message, hint, node: config, field })
      return []
    }
    const monitor = config.name ?? ''
    if (!monitors.has(monitor)) {
      return problem(
        'name',
        `there is no resource monitor ${monitor}`,
        `there are ${[...monitors].join(', ') || 'none'}`,
      )
    }
    if (seen.has(monitor)) return problem('name', `there is a trigger for ${monitor} already`, 'join the two')
    seen.add(monitor)
    const state = stateOf(config)
    if (state !== undefined) return [{ monitor, state }]
    return problem('scaled', 'scaling_threshold must be less than saturation_threshold', 'make it lower')
  })
}

function stateOf({ threshold, scaled }: TriggerConfig): Trigger['state'] | undefined {
  if (scaled === undefined) {
    const value = threshold?.value ?? 0
    return (pressure) => (pressure >= value ? 1 : 0)
  }
  const { scaling_threshold: low = 0, saturation_threshold: high = 0 } = scaled
  if (low >= high) return undefined
  return (pressure) => Math.min(1, Math.max(0, (pressure - low) / (high - low)))
}
