// One line a resource monitor.
export { cgroupMemory } from './cgroup-memory.ts'
export { cpuUtilization } from './cpu-utilization.ts'
export { downstreamConnections } from './downstream-connections.ts'
export { eventLoopDelay } from './event-loop-delay.ts'
export { fileDescriptors } from './file-descriptors.ts'
export { fixedHeap } from './fixed-heap.ts'
export { injectedResource } from './injected-resource.ts'
