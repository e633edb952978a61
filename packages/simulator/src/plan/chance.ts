import { type RandomGenerator, SeededRandom } from '@nuncio/core'

/** One of the independent sources of chance of a simulation; `stream` tells them apart. */
export function chance(seed: number, stream: number): RandomGenerator {
  const spread = Math.imul((seed ^ (seed >>> 16)) >>> 0, 0x9e3779b1) >>> 0
  return new SeededRandom((spread + Math.imul(stream, 0x85ebca6b)) >>> 0)
}
