import { envoyMessage, type Message } from '@nuncio/config'
import type { Machine, MonitorContext, ResourceMonitor, ResourceMonitorDefinition } from '../contracts.ts'

const TYPE = 'envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig'
/** How much of the newest measurement goes into the average; Envoy's. */
const WEIGHT = 0.05

/** `envoy.resource_monitors.cpu_utilization`: how busy the processors of the machine or of the container are. */
export const cpuUtilization: ResourceMonitorDefinition<Message<typeof TYPE>> = {
  name: 'envoy.resource_monitors.cpu_utilization',
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  create(config, context) {
    const read = config.mode === 'CONTAINER' ? containerTimes(context) : () => hostTimes(context.machine)
    if (read() !== undefined) return new CpuMonitor(read)
    const message = 'this system does not tell how busy its processors are'
    const hint = 'nuncio.resource_monitors.event_loop_delay says how busy the proxy itself is'
    context.report({ code: 'overload', path: 'mode', message, hint, node: config, field: 'mode' })
    return undefined
  },
}

/** Time that processors worked, and time that they had; any unit, the same for both. */
interface CpuTimes {
  readonly worked: number
  readonly available: number
}

class CpuMonitor implements ResourceMonitor {
  readonly #read: () => CpuTimes | undefined
  #last: CpuTimes | undefined
  #average = 0

  constructor(read: () => CpuTimes | undefined) {
    this.#read = read
    this.#last = read()
  }

  pressure(): number | undefined {
    const now = this.#read()
    const last = this.#last
    if (now === undefined || last === undefined) return undefined
    const available = now.available - last.available
    if (available <= 0) return this.#average
    this.#last = now
    const share = Math.min(1, Math.max(0, (now.worked - last.worked) / available))
    this.#average += (share - this.#average) * WEIGHT
    return this.#average
  }
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal … */
function hostTimes(machine: Machine): CpuTimes | undefined {
  const line = /^cpu +(.*)/.exec(machine.readText('/proc/stat') ?? '')?.[1]
  if (line === undefined) return undefined
  const [user = 0, nice = 0, system = 0, idle = 0] = line.split(' ').map(Number)
  const worked = user + nice + system
  return Number.isFinite(worked + idle) ? { worked, available: worked + idle } : undefined
}

/** Microseconds that the cgroup ran, against the time since and the cores that it may use. */
function containerTimes({ machine, time }: MonitorContext): () => CpuTimes | undefined {
  let available = 0
  let last = time.monotonicMs()
  return () => {
    const worked = containerMicros(machine)
    if (worked === undefined) return undefined
    const now = time.monotonicMs()
    available += (now - last) * 1000 * containerCores(machine)
    last = now
    return { worked, available }
  }
}

function containerMicros(machine: Machine): number | undefined {
  const v2 = /^usage_usec (\d+)/m.exec(machine.readText('/sys/fs/cgroup/cpu.stat') ?? '')?.[1]
  if (v2 !== undefined) return Number(v2)
  const nanos = machine.readText('/sys/fs/cgroup/cpuacct/cpuacct.usage')
  return nanos === undefined ? undefined : Number(nanos) / 1000
}

/** Cores that the quota amounts to, at most those that there are. */
function containerCores(machine: Machine): number {
  const v2 = /^(\d+) (\d+)/.exec(machine.readText('/sys/fs/cgroup/cpu.max') ?? '')
  const quota = v2?.[1] ?? machine.readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')
  const period = v2?.[2] ?? machine.readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us')
  const cores = Number(quota) / Number(period)
  return cores > 0 ? Math.min(cores, machine.cores()) : machine.cores()
}
