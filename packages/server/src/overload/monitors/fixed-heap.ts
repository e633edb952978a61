import { envoyMessage, type Message } from '@nuncio/config'
import type { ResourceMonitorDefinition } from '../contracts.ts'

const TYPE = 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'

/** `envoy.resource_monitors.fixed_heap`: V8's heap and its buffers against a size of one's own. */
export const fixedHeap: ResourceMonitorDefinition<Message<typeof TYPE>> = {
  name: 'envoy.resource_monitors.fixed_heap',
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  create: (config, { machine }) => ({ pressure: () => machine.heapBytes() / config.max_heap_size_bytes! }),
}
