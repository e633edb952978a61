import { envoyMessage, type Message } from '@nuncio/config'
import type { ResourceMonitorDefinition } from '../contracts.ts'

const TYPE = 'envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig'

/** `envoy.resource_monitors.injected_resource`: a number from 0 to 1 in a file; for trying things out. */
export const injectedResource: ResourceMonitorDefinition<Message<typeof TYPE>> = {
  name: 'envoy.resource_monitors.injected_resource',
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  create: (config, { machine }) => ({
    pressure() {
      const text = machine.readText(config.filename ?? '')?.trim()
      const value = text === undefined || text === '' ? Number.NaN : Number(text)
      return value >= 0 && value <= 1 ? value : undefined
    },
  }),
}
