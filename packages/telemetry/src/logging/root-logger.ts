import type { Logger, LogLevel, TimeSource } from '@nuncio/core'
import type { LineSink } from './line-sink.ts'
import { compileLogPattern, DEFAULT_LOG_FORMAT } from './line-pattern.ts'

/** Levels from the most to the least talkative. */
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']

const RANKS: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warning: 3,
  error: 4,
  critical: 5,
  off: 6,
}

/** Where the process's own log goes, what of it, and how it looks. */
export interface RootLoggerOptions {
  readonly time: TimeSource
  readonly sink: LineSink
  /** `info` by default. */
  readonly level?: LogLevel | undefined
  /** Levels of single components, as `--component-log-level` gives them. */
  readonly componentLevels?: Readonly<Record<string, LogLevel>> | undefined
  /** A pattern of `--log-format`; `json` for one JSON object a line. */
  readonly format?: string | undefined
  readonly pid?: number | undefined
}

type Write = (level: LogLevel, component: string, message: string, fields: Fields | undefined) => void
type Fields = Readonly<Record<string, unknown>>

/**
 * The log of one server. Components get a level of their own, which may be changed while they run:
 *
 *     [2026-11-22 11:25:59.250][info][upstream] cluster added cluster=api
 */
export class RootLogger implements Logger {
  readonly #options: RootLoggerOptions
  readonly #components = new Map<string, ComponentLogger>()
  readonly #write: Write
  #print: Write
  #level: LogLevel
  readonly #main: ComponentLogger

  constructor(options: RootLoggerOptions) {
    this.#options = options
    this.#level = options.level ?? 'info'
    this.#print = options.format === 'json' ? jsonWriter(options) : textWriter(options)
    this.#write = (level, component, message, fields) => this.#print(level, component, message, fields)
    this.#main = this.child('main')
  }

  enabled(level: LogLevel): boolean {
    return this.#main.enabled(level)
  }
  log(level: LogLevel, message: string, fields?: Fields): void {
    this.#main.log(level, message, fields)
  }
  /** One logger for each component; asking twice gives the same. */
  child(component: string): ComponentLogger {
    let found = this.#components.get(component)
    if (found === undefined) {
      const level = this.#options.componentLevels?.[component] ?? this.#level
      this.#components.set(component, (found = new ComponentLogger(component, level, this.#write, this)))
    }
    return found
  }

  /** The components that have spoken up so far, by name, with their levels. */
  levels(): readonly (readonly [string, LogLevel])[] {
    return [...this.#components.values()]
      .map((each) => [each.component, each.level] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
  /** Sets the level of all components, the later ones too. */
  setLevel(level: LogLevel): void {
    this.#level = level
    for (const each of this.#components.values()) each.level = level
  }
  /** False when there is no such component. */
  setComponentLevel(component: string, level: LogLevel): boolean {
    const found = this.#components.get(component)
    if (found !== undefined) found.level = level
    return found !== undefined
  }

  /** Lines have this pattern from now on; false where the command line has said which. */
  setFormat(pattern: string): boolean {
    if (this.#options.format !== undefined) return false
    this.#print = textWriter({ ...this.#options, format: pattern })
    return true
  }

  /** Opens the log's file anew, for `SIGUSR1`. */
  reopen(): void {
    this.#options.sink.reopen()
  }
  close(): void {
    this.#options.sink.close()
  }
}

/** The log of one component. */
export class ComponentLogger implements Logger {
  readonly component: string
  readonly #write: Write
  readonly #root: RootLogger
  #level: LogLevel = 'off'
  #rank = RANKS.off

  constructor(component: string, level: LogLevel, write: Write, root: RootLogger) {
    this.component = component
    this.#write = write
    this.#root = root
    this.level = level
  }

  get level(): LogLevel {
    return this.#level
  }
  set level(level: LogLevel) {
    this.#level = level
    this.#rank = RANKS[level]
  }

  enabled(level: LogLevel): boolean {
    return RANKS[level] >= this.#rank && level !== 'off'
  }
  log(level: LogLevel, message: string, fields?: Fields): void {
    if (this.enabled(level)) this.#write(level, this.component, message, fields)
  }
  child(component: string): ComponentLogger {
    return this.#root.child(component)
  }
}

function textWriter({ time, sink, format = DEFAULT_LOG_FORMAT, pid = 0 }: RootLoggerOptions): Write {
  const print = compileLogPattern(format)
  return (level, component, message, fields) => {
    const text = fields === undefined ? message : message + fieldsText(fields)
    sink.write(print({ wallMs: time.wallMs(), level, component, text, pid }))
  }
}

function fieldsText(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${valueText(value)}`)
    .join('')
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : plain(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

function jsonWriter({ time, sink, pid = 0 }: RootLoggerOptions): Write {
  return (level, component, message, fields) => {
    const at = new Date(time.wallMs()).toISOString()
    const safe = Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [key, jsonable(value)]))
    sink.write(`${JSON.stringify({ ...safe, time: at, level, component, message, pid })}\n`)
  }
}

function jsonable(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value
  return value instanceof Error ? value.message : plain(value)
}

/** A value of any kind in a few words; never throws. */
function plain(value: unknown): string {
  if (value instanceof Error) return value.message
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '[object]'
  }
}

/** `upstream:debug,router:trace` as levels; a text when something in it is no level. */
export function parseComponentLevels(text: string): Readonly<Record<string, LogLevel>> | string {
  const levels: [string, LogLevel][] = []
  for (const pair of text.split(',').filter((each) => each !== '')) {
    const colon = pair.indexOf(':')
    const level = parseLevel(pair.slice(colon + 1))
    if (colon < 1 || level === undefined) return `"${pair}" is not component:level; levels are ${LOG_LEVELS.join(', ')}`
    levels.push([pair.slice(0, colon), level])
  }
  return Object.fromEntries(levels)
}

/** A level by its name; Envoy also says `warn` and `err`. */
export function parseLevel(text: string): LogLevel | undefined {
  const name = text === 'warn' ? 'warning' : text === 'err' ? 'error' : text
  return LOG_LEVELS.find((level) => level === name)
}
