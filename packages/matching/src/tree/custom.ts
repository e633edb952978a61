import type { AnyMessage, Message } from '@nuncio/config'
import { type Hash64, modulo64, xxHash64 } from '@nuncio/core'
import { compileCidrRanges } from '../cidr/compile.ts'
import { RuntimeFraction } from '../fraction/runtime-fraction.ts'
import type { ConfigPlace } from '../place/config-place.ts'

/** A test of an input's value by an extension (`custom_match` of a predicate). */
export interface CustomMatcher {
  matches(value: string): boolean
  describe(): string
}

/** Makes a custom matcher from its configuration, by the type of that. */
export type CustomMatcherRegistry = ReadonlyMap<string, (config: AnyMessage, place: ConfigPlace) => CustomMatcher>

const PREFIX = 'envoy.extensions.matching.input_matchers.'

/** Envoy's extensions for `custom_match`, by their types. */
export const CUSTOM_MATCHERS: CustomMatcherRegistry = new Map([
  [`${PREFIX}ip.v3.Ip`, ipMatcher],
  [`${PREFIX}consistent_hashing.v3.ConsistentHashing`, consistentHashing],
  [`${PREFIX}runtime_fraction.v3.RuntimeFraction`, runtimeFraction],
])

function ipMatcher(config: AnyMessage, place: ConfigPlace): CustomMatcher {
  const ranges = (config as Message<'envoy.extensions.matching.input_matchers.ip.v3.Ip'>).cidr_ranges
  const set = compileCidrRanges(ranges, place, 'cidr_ranges')
  return { matches: (value) => set.has(value), describe: () => `in ${set.describe()}` }
}

const hash: Hash64 = { high: 0, low: 0 }

/** A 64-bit seed that configuration gives as a number. */
function hashOf(value: string, seed: number): Hash64 {
  xxHash64(value, hash, Math.floor(seed / 2 ** 32), seed >>> 0)
  return hash
}

function consistentHashing(config: AnyMessage): CustomMatcher {
  const {
    threshold = 0,
    modulo = 0,
    seed = 0,
  } = config as Message<'envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing'>
  return {
    matches: (value) => {
      const { high, low } = hashOf(value, seed)
      return modulo > 0 && modulo64(high, low, modulo) >= threshold
    },
    describe: () => `with a hash of at least ${threshold} modulo ${modulo}`,
  }
}

function runtimeFraction(config: AnyMessage, place: ConfigPlace): CustomMatcher {
  const { runtime_fraction: share = {}, seed = 0 } =
    config as Message<'envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction'>
  const fraction = new RuntimeFraction(share, place.scope.runtime)
  return {
    matches: (value) => {
      const { high, low } = hashOf(value, seed)
      return fraction.selects(modulo64(high, low, fraction.current.denominator))
    },
    describe: () => `by hash in ${fraction.describe()}`,
  }
}
