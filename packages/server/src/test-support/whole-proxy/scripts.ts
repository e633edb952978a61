import fc from 'fast-check'
import { PATHS } from './plans.ts'
import type { Script } from './script.ts'
import { CALM, ROUGH } from './steps.ts'

/** Scripts in which nothing goes wrong (`calm`), or anything may. */
export function scripts(calm: boolean): fc.Arbitrary<Script> {
  const protocol = fc.constantFrom('HTTP/1.1' as const, 'HTTP/2' as const)
  const kinds = calm ? CALM : ROUGH
  const step = fc.tuple(fc.constantFrom(...kinds), fc.nat(1 << 12), fc.nat(1 << 20))
  return fc.record({
    down: fc.constantFrom('HTTP/1.1', 'HTTP/2', 'pipelined'),
    up: protocol,
    bufferLimit: fc.constantFrom(1000, 1 << 20),
    maxConnections: fc.constantFrom(1, 2, 1024),
    maxRequests: fc.constantFrom(0, 0, 1, 3),
    maxStreams: calm ? fc.constant(100) : fc.constantFrom(1, 2, 100),
    filtered: fc.boolean(),
    seed: fc.integer(),
    // Few kinds of requests and events at a time go deeper than all of them together.
    paths: fc.subarray([...PATHS], { minLength: 1 }),
    without: fc.subarray([...new Set(kinds)], { maxLength: 12 }),
    steps: fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }),
  })
}
