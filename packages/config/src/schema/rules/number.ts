import type { Rules } from '../../table.ts'
import { all, type Check, listOf } from './rule.ts'

/** Rules of numbers; `print` shows a limit in the form that the file is written in. */
export function numberRule(
  rules: Rules,
  read: (v: unknown) => number,
  print: (n: number) => string,
): Check<number> | undefined {
  const checks: Check<number>[] = []
  const limit = (
    name: string,
    holds: (value: number, bound: number) => boolean,
    words: (bound: string) => string,
  ): void => {
    if (rules[name] === undefined) return
    const bound = read(rules[name])
    const objection = words(print(bound))
    checks.push((value) => (holds(value, bound) ? undefined : objection))
  }
  limit(
    'const',
    (a, b) => a === b,
    (b) => `must be ${b}`,
  )
  limit(
    'gt',
    (a, b) => a > b,
    (b) => `must be greater than ${b}`,
  )
  limit(
    'gte',
    (a, b) => a >= b,
    (b) => `must be ${b} or more`,
  )
  limit(
    'lt',
    (a, b) => a < b,
    (b) => `must be less than ${b}`,
  )
  limit(
    'lte',
    (a, b) => a <= b,
    (b) => `must be ${b} or less`,
  )
  if (rules['in'] !== undefined) checks.push(oneOf(listOf(rules['in']).map(read), print))
  if (rules['not_in'] !== undefined) checks.push(noneOf(listOf(rules['not_in']).map(read), print))
  return all(checks)
}

function oneOf(allowed: readonly number[], print: (n: number) => string): Check<number> {
  return (value) => (allowed.includes(value) ? undefined : `must be one of ${allowed.map(print).join(', ')}`)
}

function noneOf(refused: readonly number[], print: (n: number) => string): Check<number> {
  return (value) => (refused.includes(value) ? `may not be ${print(value)}` : undefined)
}

/** Durations are checked in milliseconds; the rules write `{seconds, nanos}`. */
export function durationRule(rules: Rules): Check<number> | undefined {
  return numberRule(rules, millisOf, (ms) => `${ms / 1000}s`)
}

function millisOf(value: unknown): number {
  const { seconds = 0, nanos = 0 } = (value ?? {}) as { seconds?: number; nanos?: number }
  return seconds * 1000 + nanos / 1e6
}
