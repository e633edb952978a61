import type { MessageSchema } from '@nuncio/config'
import type { ResourceMonitorDefinition } from '../contracts.ts'

/** How late timers may fire, ms: there is pressure 1. */
interface EventLoopDelayConfig {
  readonly max_delay?: number
}

const TYPE = 'nuncio.resource_monitors.event_loop_delay.v1.EventLoopDelayConfig'
const SCHEMA: MessageSchema<EventLoopDelayConfig> = {
  type: TYPE,
  honours: { [TYPE]: '*' },
  messages: {
    [TYPE]: { f: { max_delay: { t: 'google.protobuf.Duration', n: 1, r: { duration: { required: true, gt: {} } } } } },
  },
}

/**
 * `nuncio.resource_monitors.event_loop_delay`: how long work waits for its turn of the event loop, which is what a
 * saturated proxy runs out of first.
 */
export const eventLoopDelay: ResourceMonitorDefinition<EventLoopDelayConfig> = {
  name: 'nuncio.resource_monitors.event_loop_delay',
  config: SCHEMA,
  create: (config, { machine }) => ({ pressure: () => machine.loopDelayMs() / config.max_delay! }),
}
