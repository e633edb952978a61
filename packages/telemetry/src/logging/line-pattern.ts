import { compileTimeFormat } from '@nuncio/access-log'
import type { LogLevel } from '@nuncio/core'

/** One message on its way into the log. */
export interface LogRecord {
  readonly wallMs: number
  readonly level: LogLevel
  readonly component: string
  /** The message with its fields, as one text; it may hold line breaks. */
  readonly text: string
  readonly pid: number
}

/** Envoy's default, without the thread and the source line that it also prints. */
export const DEFAULT_LOG_FORMAT = '[%Y-%m-%d %T.%e][%l][%n] %v'

const SHORT: Readonly<Record<LogLevel, string>> = {
  trace: 'T',
  debug: 'D',
  info: 'I',
  warning: 'W',
  error: 'E',
  critical: 'C',
  off: 'O',
}

/** Flags of `--log-format` that stand for the message's own parts. */
const PARTS: Readonly<Record<string, (record: LogRecord) => string>> = {
  v: (record) => oneLine(record.text),
  _: (record) => oneLine(record.text),
  j: (record) => JSON.stringify(record.text).slice(1, -1),
  l: (record) => record.level,
  L: (record) => SHORT[record.level],
  n: (record) => record.component,
  P: (record) => String(record.pid),
  t: () => '0',
  '%': () => '%',
}

/** Flags that are dates: the same letters as strftime's, but for these. */
const DATES: Readonly<Record<string, string>> = { e: '%3f', f: '%6f', F: '%9f', E: '%s', D: '%m/%d/%y' }
const STRFTIME = new Set('aAbBcCdHIjmMpRSTuUVwWxXyYzGghkr')

/** Flags of the source place, which TypeScript does not have: nothing is printed. */
const NOWHERE = new Set('gs#!@')

type Part = (record: LogRecord) => string

/** Compiles a pattern of `--log-format` (spdlog's flags); an unknown flag is printed as it stands. */
export function compileLogPattern(pattern: string): (record: LogRecord) => string {
  const parts = Array.from(pattern.matchAll(/%(.)|[^%]+|%$/gs), ([text, flag]) => partOf(text, flag))
  return (record) => {
    let line = ''
    for (const part of parts) line += part(record)
    return `${line}\n`
  }
}

function partOf(text: string, flag: string | undefined): Part {
  const own = flag === undefined ? undefined : PARTS[flag]
  if (own !== undefined) return own
  if (flag !== undefined && NOWHERE.has(flag)) return () => ''
  const date = flag === undefined ? undefined : (DATES[flag] ?? (STRFTIME.has(flag) ? `%${flag}` : undefined))
  if (date === undefined) return () => text
  const format = compileTimeFormat(date)
  return (record) => format(record.wallMs, 0)
}

/** Line breaks and other control characters would make two messages of one. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control bytes are what it looks for
  return text.replace(/[\0-\x1f\x7f]/g, (char) => (char === '\n' ? '\\n' : char === '\t' ? '\\t' : hex(char)))
}

function hex(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}
