import type { MessageSchema } from '@nuncio/config'
import type { ResourceMonitorDefinition } from '../contracts.ts'

interface RequestWaitConfig {
  /** ms: a request that has waited for longer is late; there is pressure 1. */
  readonly max_wait?: number
  /** ms: for how long requests must be late, without a pause as long, before one is turned away. */
  readonly grace?: number
  /** Paths, without a query, that are never turned away. */
  readonly always_admit?: readonly string[]
}

const TYPE = 'nuncio.resource_monitors.request_wait.v1.RequestWaitConfig'
const SCHEMA: MessageSchema<RequestWaitConfig> = {
  type: TYPE,
  honours: { [TYPE]: '*' },
  messages: {
    [TYPE]: {
      f: {
        max_wait: { t: 'google.protobuf.Duration', n: 1, r: { duration: { required: true, gt: {} } } },
        grace: { t: 'google.protobuf.Duration', n: 2, r: { duration: { gte: {} } } },
        always_admit: { t: 'string', n: 3, a: 1, r: { repeated: { items: { string: { prefix: '/' } } } } },
      },
    },
  },
}

/** Longer than a pause of the garbage collector and what has come in it. */
const DEFAULT_GRACE_MS = 20

/**
 * `nuncio.resource_monitors.request_wait`: how long requests wait for those that came with them, over `max_wait`. Like
 * Envoy's limit of connections it is a limit, too, without any trigger: see `LateRequests`.
 */
export const requestWait: ResourceMonitorDefinition<RequestWaitConfig> = {
  name: 'nuncio.resource_monitors.request_wait',
  config: SCHEMA,
  create(config, { machine, time, lateRequests, stats }) {
    const maxWaitMs = config.max_wait!
    lateRequests.policy = {
      maxWaitMs,
      graceMs: config.grace ?? DEFAULT_GRACE_MS,
      alwaysAdmit: new Set(config.always_admit),
      turnMs: () => machine.turnMs(),
      nowMs: () => time.monotonicMs(),
      count: stats.counter('shed_load_count'),
    }
    return { pressure: () => lateRequests.takeLongest() / maxWaitMs }
  },
}
