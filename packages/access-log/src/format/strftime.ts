import { type Civil, civilOf, isoWeek } from './civil.ts'

/** Prints a moment: milliseconds since 1970 UTC, fractions allowed, and the zone's minutes ahead of UTC. */
export type TimeFormat = (wallMs: number, offsetMinutes: number) => string

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/** strftime's conversions in the C locale; what Envoy's `%START_TIME(…)%` prints. */
const CONVERSIONS: Readonly<Record<string, (at: Civil) => string>> = {
  a: (at) => DAYS[at.weekday]!.slice(0, 3),
  A: (at) => DAYS[at.weekday]!,
  b: (at) => MONTHS[at.month - 1]!.slice(0, 3),
  B: (at) => MONTHS[at.month - 1]!,
  c: (at) => expand('%a %b %e %H:%M:%S %Y', at),
  C: (at) => two(Math.floor(at.year / 100)),
  d: (at) => two(at.day),
  D: (at) => expand('%m/%d/%y', at),
  e: (at) => two(at.day, ' '),
  F: (at) => expand('%Y-%m-%d', at),
  g: (at) => two(isoWeek(at).year % 100),
  G: (at) => String(isoWeek(at).year),
  h: (at) => MONTHS[at.month - 1]!.slice(0, 3),
  H: (at) => two(at.hour),
  I: (at) => two(((at.hour + 11) % 12) + 1),
  j: (at) => String(at.yearDay + 1).padStart(3, '0'),
  k: (at) => two(at.hour, ' '),
  l: (at) => two(((at.hour + 11) % 12) + 1, ' '),
  m: (at) => two(at.month),
  M: (at) => two(at.minute),
  p: (at) => (at.hour < 12 ? 'AM' : 'PM'),
  P: (at) => (at.hour < 12 ? 'am' : 'pm'),
  r: (at) => expand('%I:%M:%S %p', at),
  R: (at) => expand('%H:%M', at),
  s: (at) => String(at.epoch),
  S: (at) => two(at.second),
  t: () => '\t',
  T: (at) => expand('%H:%M:%S', at),
  u: (at) => String(at.weekday === 0 ? 7 : at.weekday),
  U: (at) => two(Math.floor((at.yearDay + 7 - at.weekday) / 7)),
  V: (at) => two(isoWeek(at).week),
  w: (at) => String(at.weekday),
  W: (at) => two(Math.floor((at.yearDay + 7 - ((at.weekday + 6) % 7)) / 7)),
  x: (at) => expand('%m/%d/%y', at),
  X: (at) => expand('%H:%M:%S', at),
  y: (at) => two(at.year % 100),
  Y: (at) => String(at.year),
  z: (at) => zone(at, ''),
  Z: (at) => (at.offset === 0 ? 'UTC' : zone(at, '')),
  '%': () => '%',
}

/** `%E3S` seconds with digits, `%E4Y`, `%Ez` zone with a colon; `%3f` and `%f` fractions of a second. */
const TOKEN = /%(?:([1-9])?f|E([0-9])S|E([0-9])f|(E\*S)|(E\*f)|(Ez)|(E4Y)|(ET)|(.))/gs

type Part = { readonly text: string } | { readonly digits: number; readonly dot: boolean }

/**
 * Compiles a time format. What changes only with the second is kept from call to call, so a busy log pays for the
 * calendar once a second. Unknown conversions are printed as they stand.
 */
export function compileTimeFormat(format: string): TimeFormat {
  const parts = partsOf(format)
  const texts = parts.map(() => '')
  let second = Number.NaN
  let zoneOffset = 0
  return (wallMs, offset) => {
    const now = Math.floor(wallMs / 1000)
    if (now !== second || offset !== zoneOffset) {
      const at = civilOf(now, offset)
      parts.forEach((part, i) => (texts[i] = 'text' in part ? expand(part.text, at) : ''))
      second = now
      zoneOffset = offset
    }
    let out = ''
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!
      out += 'digits' in part ? fraction(wallMs, part.digits, part.dot) : texts[i]!
    }
    return out
  }
}

/** `2026-11-22T11:25:59.250Z`, Envoy's default. */
export function isoTime(): (wallMs: number) => string {
  let second = Number.NaN
  let text = ''
  return (wallMs) => {
    const now = Math.floor(wallMs / 1000)
    if (now !== second) {
      text = `${expand('%Y-%m-%dT%H:%M:%S', civilOf(now, 0))}.`
      second = now
    }
    const ms = Math.floor(wallMs) - now * 1000
    return text + (ms > 99 ? ms : ms > 9 ? `0${ms}` : `00${ms}`) + 'Z'
  }
}

/** Text that changes with the second at most, between digits that change faster. */
function partsOf(format: string): Part[] {
  const parts: Part[] = []
  let text = ''
  let last = 0
  for (const match of format.matchAll(TOKEN)) {
    text += format.slice(last, match.index)
    last = match.index + match[0].length
    const [whole, f, seconds, fractions, allSeconds, allFraction, colonZone, longYear, iso] = match
    let digits = -1
    if (whole.endsWith('f')) digits = Number(f ?? fractions ?? (allFraction === undefined ? 9 : 6))
    else if (seconds !== undefined || allSeconds !== undefined) {
      text += '%S'
      digits = Number(seconds ?? 6)
    } else if (colonZone !== undefined) text += '%Ez'
    else text += longYear === undefined ? (iso === undefined ? whole : 'T') : '%Y'
    if (digits < 0) continue
    parts.push({ text }, { digits, dot: !whole.endsWith('f') })
    text = ''
  }
  return [...parts, { text: text + format.slice(last) }]
}

function expand(format: string, at: Civil): string {
  return format.replace(/%(Ez|.)/gs, (whole, code: string) => {
    if (code === 'Ez') return zone(at, ':')
    return CONVERSIONS[code]?.(at) ?? whole
  })
}

function fraction(wallMs: number, digits: number, dot: boolean): string {
  if (digits === 0) return ''
  // Microseconds at most: a double holds no more of today's time.
  const micros = Math.floor((wallMs - Math.floor(wallMs / 1000) * 1000) * 1000)
  const text = String(micros).padStart(6, '0').padEnd(9, '0').slice(0, digits)
  return dot ? `.${text}` : text
}

function zone(at: Civil, colon: string): string {
  const minutes = Math.abs(at.offset)
  return `${at.offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`
}

function two(n: number, fill = '0'): string {
  return n < 10 ? fill + n : String(n)
}
