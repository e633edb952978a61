import { envoyMessage, type Message } from '@nuncio/config'
import type { Machine, ResourceMonitorDefinition } from '../contracts.ts'

const TYPE = 'envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig'
/** What is in use and what may be, in cgroup v2 and v1. */
const FILES = [
  ['/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory.max'],
  ['/sys/fs/cgroup/memory/memory.usage_in_bytes', '/sys/fs/cgroup/memory/memory.limit_in_bytes'],
] as const

/** `envoy.resource_monitors.cgroup_memory`: the memory of the container against its limit, or a lower one. */
export const cgroupMemory: ResourceMonitorDefinition<Message<typeof TYPE>> = {
  name: 'envoy.resource_monitors.cgroup_memory',
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  create(config, { machine, report }) {
    const files = FILES.find(([usage]) => machine.readText(usage) !== undefined)
    if (files === undefined) {
      const message = 'this system has no memory cgroup that could be read'
      const hint = 'envoy.resource_monitors.fixed_heap needs none'
      report({ code: 'overload', path: '@type', message, hint, node: config, field: '@type' })
      return undefined
    }
    const most = config.max_memory_bytes === undefined || config.max_memory_bytes === 0
      ? Number.POSITIVE_INFINITY
      : config.max_memory_bytes // prettier-ignore
    return { pressure: () => pressure(machine, files, most) }
  },
}

function pressure(machine: Machine, [usage, limit]: (typeof FILES)[number], most: number): number | undefined {
  const used = bytes(machine.readText(usage))
  const allowed = bytes(machine.readText(limit))
  return used === undefined || allowed === undefined ? undefined : used / Math.min(allowed, most)
}

/** `max`: without limit. */
function bytes(text: string | undefined): number | undefined {
  if (text?.trim() === 'max') return Number.POSITIVE_INFINITY
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined
}
