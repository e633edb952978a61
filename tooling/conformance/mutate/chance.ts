import type { RandomGenerator } from '@nuncio/core'

/** A number from 0 to below `n`. */
export function below(random: RandomGenerator, n: number): number {
  return random.uint32() % n
}

export function pick<T>(random: RandomGenerator, list: readonly T[]): T {
  if (list.length === 0) throw new Error('there is nothing to pick from')
  return list[below(random, list.length)]!
}
