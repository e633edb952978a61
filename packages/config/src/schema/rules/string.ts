import { counted } from './counted.ts'
import type { Rules } from '../../table.ts'
import { isAddress, isEmail, isHostname, isIp, isIpv4, isIpv6, isUri, isUriReference, isUuid } from './formats.ts'
import { all, type Check, listOf } from './rule.ts'

const show = (value: string): string => JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value)

const FORMATS: Readonly<Record<string, readonly [holds: (value: string) => boolean, words: string]>> = {
  ip: [isIp, 'an IP address'],
  ipv4: [isIpv4, 'an IPv4 address'],
  ipv6: [isIpv6, 'an IPv6 address'],
  hostname: [isHostname, 'a host name'],
  address: [isAddress, 'a host name or an IP address'],
  email: [isEmail, 'an e-mail address'],
  uri: [isUri, 'an absolute URI'],
  uri_ref: [isUriReference, 'a URI'],
  uuid: [isUuid, 'a UUID'],
}

/** Rules of text. Lengths count characters, `…_bytes` the bytes of UTF-8. */
export function stringRule(rules: Rules): Check<string> | undefined {
  const checks = [
    ...lengthChecks(rules, characters, '', 'character'),
    ...lengthChecks(rules, byteLength, '_bytes', 'byte'),
    ...contentChecks(rules),
  ]
  for (const [name, [holds, words]] of Object.entries(FORMATS)) {
    if (rules[name] === true) checks.push((value) => (holds(value) ? undefined : `${show(value)} is not ${words}`))
  }
  const header = headerCheck(rules)
  if (header) checks.push(header)
  const check = all(checks)
  if (!check || rules['ignore_empty'] !== true) return check
  return (value) => (value === '' ? undefined : check(value))
}

function lengthChecks(
  rules: Rules,
  measure: (value: string) => number,
  suffix: '' | '_bytes',
  unit: string,
): Check<string>[] {
  const names =
    suffix === ''
      ? { min: 'min_len', max: 'max_len', exact: 'len' }
      : { min: 'min_bytes', max: 'max_bytes', exact: 'len_bytes' }
  const [min, max, exact] = [
    Number(rules[names.min] ?? 0),
    Number(rules[names.max] ?? Infinity),
    Number(rules[names.exact]),
  ]
  const checks: Check<string>[] = []
  if (min === 1) checks.push((value) => (value === '' ? 'must not be empty' : undefined))
  // Measuring takes a pass over the text, which most texts do not need.
  else if (min > 1)
    checks.push((value) =>
      value.length < min * 4 && measure(value) < min ? `must have ${counted(min, unit)} or more` : undefined,
    )
  if (max < Infinity)
    checks.push((value) =>
      value.length * 3 > max && measure(value) > max ? `may have ${counted(max, unit)} at most` : undefined,
    )
  if (!Number.isNaN(exact))
    checks.push((value) => (measure(value) === exact ? undefined : `must have ${counted(exact, unit)}`))
  return checks
}

type Holds = (value: string, operand: string) => boolean

const CONTENT: readonly (readonly [rule: string, holds: Holds, words: string])[] = [
  ['const', (value, operand) => value === operand, 'must be'],
  ['prefix', (value, operand) => value.startsWith(operand), 'must start with'],
  ['suffix', (value, operand) => value.endsWith(operand), 'must end with'],
  ['contains', (value, operand) => value.includes(operand), 'must contain'],
  ['not_contains', (value, operand) => !value.includes(operand), 'may not contain'],
]

function contentChecks(rules: Rules): Check<string>[] {
  const checks: Check<string>[] = []
  for (const [rule, holds, words] of CONTENT) {
    const operand = rules[rule]
    if (typeof operand === 'string')
      checks.push((value) => (holds(value, operand) ? undefined : `${words} ${show(operand)}`))
  }
  const pattern = rules['pattern']
  if (typeof pattern === 'string') checks.push(patternCheck(pattern))
  const [allowed, refused] = [textsOf(rules['in']), textsOf(rules['not_in'])]
  if (allowed.length > 0)
    checks.push((value) =>
      allowed.includes(value)
        ? undefined
        : `${show(value)} is not one of ${allowed.map((text) => text || '""').join(', ')}`,
    )
  if (refused.length > 0) checks.push((value) => (refused.includes(value) ? `may not be ${show(value)}` : undefined))
  return checks
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string')
}

function patternCheck(pattern: string): Check<string> {
  // The few patterns of Envoy's API are anchored and repeat nothing that repeats, so JavaScript's engine is linear on them.
  const compiled = new RegExp(pattern, 'u')
  return (value) => (compiled.test(value) ? undefined : `${show(value)} does not match ${pattern}`)
}

// oxlint-disable no-control-regex -- control characters are what these are about
const HEADER_NAME = /^:?[\w!#$%&'*+\-.^|~`]+$/
const HEADER_VALUE = /^[^\0-\x08\n-\x1f\x7f]*$/
const LOOSE_NAME = /^[^\0\n\r]+$/
const LOOSE_VALUE = /^[^\0\n\r]*$/
// oxlint-enable no-control-regex

function headerCheck(rules: Rules): Check<string> | undefined {
  const kind = rules['well_known_regex']
  if (kind !== 'HTTP_HEADER_NAME' && kind !== 'HTTP_HEADER_VALUE') return undefined
  const strict = rules['strict'] !== false
  const name = kind === 'HTTP_HEADER_NAME'
  const pattern = name ? (strict ? HEADER_NAME : LOOSE_NAME) : strict ? HEADER_VALUE : LOOSE_VALUE
  // An absent text is empty; whether it may be is for `min_len` to say.
  return (value) =>
    value === '' || pattern.test(value) ? undefined : `${show(value)} is not a legal header ${name ? 'name' : 'value'}`
}

function characters(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}

function byteLength(value: string): number {
  let count = 0
  for (const char of value) {
    const code = char.codePointAt(0)!
    count += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return count
}
