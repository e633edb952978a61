export { conformanceCases, type ConformanceCase } from './conformance.ts'
export {
  balancerFor,
  type BalancerOptions,
  chosenPorts,
  hashContext,
  type TestBalancer,
  typedPolicy,
  zeroRandom,
} from './harness.ts'
