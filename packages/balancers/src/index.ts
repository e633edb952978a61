export type { HostPicker, LoadBalancerDefinition, LoadBalancerSetup } from './contracts.ts'
export { createLoadBalancer, type LoadBalancerOptions } from './policy/create-load-balancer.ts'
export { builtinLoadBalancers } from './registry.ts'
