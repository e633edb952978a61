import type { Position, Problem, Severity, Sources } from '@nuncio/config'
import { NuncioError, type Runtime, emptyRuntime } from '@nuncio/core'
import type { Regex } from '../regex/regex.ts'

/** What everything that is compiled in one go shares. */
export interface CompileScope {
  /** Told of each problem; compiling goes on with something that never matches. */
  readonly report: (problem: Problem) => void
  readonly sources: Sources | undefined
  readonly runtime: Runtime
  /** Patterns compiled so far: the same text is compiled once. */
  readonly regexes: Map<string, Regex | string>
}

/** Who hears of problems, and what places are told by. */
export interface PlaceOptions {
  readonly report: (problem: Problem) => void
  readonly sources?: Sources | undefined
  readonly runtime?: Runtime | undefined
  /** Path of the root, such as `static_resources.listeners[0]`; '' = the root of the file. */
  readonly path?: string
}

/**
 * Where in a configuration a compiler stands: it carries what is shared, and gives problems their path and position.
 * Get the first with `configPlace`, walk with `at` and `item`.
 */
export class ConfigPlace {
  readonly scope: CompileScope
  /** The normalised message or list at this place, when there is one. */
  readonly node: object | undefined
  readonly #parent: ConfigPlace | undefined
  readonly #key: string
  readonly #index: number

  constructor(scope: CompileScope, node: object | undefined, parent: ConfigPlace | undefined, key: string, index = -1) {
    this.scope = scope
    this.node = node
    this.#parent = parent
    this.#key = key
    this.#index = index
  }

  /** The place of a field; `node` is its value when that is a message. */
  at(field: string, node?: object): ConfigPlace {
    return new ConfigPlace(this.scope, node, this, field)
  }

  /** The place of the item of a list. */
  item(field: string, index: number, node?: object): ConfigPlace {
    return new ConfigPlace(this.scope, node, this, field, index)
  }

  get path(): string {
    const above = this.#parent?.path ?? ''
    const own = this.#index < 0 ? this.#key : `${this.#key}[${this.#index}]`
    return above === '' ? own : own === '' ? above : `${above}.${own}`
  }

  /** Where this was written; the nearest enclosing place when it stands in no file itself. */
  get position(): Position | undefined {
    const sources = this.scope.sources
    if (sources === undefined) return undefined
    return this.#own(sources) ?? this.#parent?.position
  }

  #own(sources: Sources): Position | undefined {
    const found = this.node === undefined ? undefined : sources.positionOf(this.node)
    if (found !== undefined) return found
    const above = this.#parent?.node
    if (above === undefined) return undefined
    if (this.#index < 0) return sources.positionOf(above, this.#key)
    const list = (above as Readonly<Record<string, unknown>>)[this.#key]
    return (
      (typeof list === 'object' && list !== null ? sources.positionOf(list, this.#index) : undefined) ??
      sources.positionOf(above, this.#key)
    )
  }

  /** Reports an error here: the configuration is refused. */
  error(code: string, message: string, hint = ''): void {
    this.#report('error', code, message, hint)
  }

  warn(code: string, message: string, hint = ''): void {
    this.#report('warning', code, message, hint)
  }

  #report(severity: Severity, code: string, message: string, hint: string): void {
    const { file = '', line = 0, column = 0 } = this.position ?? {}
    this.scope.report({ code, severity, path: this.path, message, hint, file, line, column })
  }
}

/** The place of a message from which compiling starts. */
export function configPlace(node: object | undefined, options: PlaceOptions): ConfigPlace {
  const { report, sources, runtime = emptyRuntime, path = '' } = options
  return new ConfigPlace({ report, sources, runtime, regexes: new Map() }, node, undefined, path)
}

/** As `configPlace`, for parts that have nobody to report to: an error is thrown as `NuncioError` (`ERR_NUNCIO_INVALID_CONFIG`). */
export function strictPlace(node: object | undefined, options: Omit<PlaceOptions, 'report'> = {}): ConfigPlace {
  return configPlace(node, { ...options, report: throwErrors })
}

function throwErrors(problem: Problem): void {
  if (problem.severity !== 'error') return
  const at = problem.path === '' ? '' : `${problem.path}: `
  throw new NuncioError('ERR_NUNCIO_INVALID_CONFIG', `${at}${problem.message}`, { hint: problem.hint })
}
