import { compileFormat, type FormatContext, type Formatter } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { HeaderMap } from '@nuncio/core'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import type { RouteTableOptions } from '../options.ts'

const APPEND = 0
const ADD_IF_ABSENT = 1
const OVERWRITE = 2
const OVERWRITE_IF_EXISTS = 3

type Action = typeof APPEND | typeof ADD_IF_ABSENT | typeof OVERWRITE | typeof OVERWRITE_IF_EXISTS

const ACTIONS = {
  APPEND_IF_EXISTS_OR_ADD: APPEND,
  ADD_IF_ABSENT,
  OVERWRITE_IF_EXISTS_OR_ADD: OVERWRITE,
  OVERWRITE_IF_EXISTS,
} as const
const WORDS = ['adds', 'adds if absent', 'sets', 'replaces'] as const

interface Addition {
  /** Lower-case. */
  readonly name: string
  readonly formatter: Formatter
  readonly action: Action
  readonly keepEmpty: boolean
  readonly node: object
}

// Values that were formatted and not yet written; longer-lived than a call only to be used again.
const pending: (string | undefined)[] = []

/** The header mutations of one level, for requests or responses. */
export class HeaderMutations {
  readonly #remove: readonly string[]
  readonly #add: readonly Addition[]

  constructor(remove: readonly string[], add: readonly Addition[]) {
    this.#remove = remove
    this.#add = add
  }

  /**
   * Removes first; then formats all values, so that none sees another; then overwrites, in order; then appends. Which
   * headers are present is decided before anything is written.
   */
  apply(headers: HeaderMap, context: FormatContext): void {
    const { length } = this.#add
    for (let i = 0; i < this.#remove.length; i++) headers.remove(this.#remove[i]!)
    for (let i = 0; i < length; i++) {
      const { name, formatter, action, keepEmpty } = this.#add[i]!
      const value = formatter.isLiteral ?? formatter.format(context)
      const wanted =
        (value !== '' || keepEmpty) &&
        (action === APPEND || action === OVERWRITE || headers.has(name) === (action === OVERWRITE_IF_EXISTS))
      pending[i] = wanted ? value : undefined
    }
    for (let i = 0; i < length; i++) {
      const value = pending[i]
      if (value !== undefined && this.#add[i]!.action >= OVERWRITE) headers.set(this.#add[i]!.name, value)
    }
    for (let i = 0; i < length; i++) {
      const value = pending[i]
      if (value !== undefined && this.#add[i]!.action < OVERWRITE) headers.append(this.#add[i]!.name, value)
    }
  }

  /** Each mutation in words, with the message that asks for it (undefined: a name to remove). */
  describe(): { readonly text: string; readonly node: object | undefined }[] {
    const removed = this.#remove.map((name) => ({ text: `removes ${name}`, node: undefined }))
    return [...removed, ...this.#add.map(({ name, action, node }) => ({ text: `${WORDS[action]} ${name}`, node }))]
  }
}

/** What format strings need beside their text. */
export type FormatOptions = Pick<RouteTableOptions, 'formatEnvironment' | 'formatExtensions'>

type Additions = readonly Message<'envoy.config.core.v3.HeaderValueOption'>[] | undefined

/**
 * Compiles `<kind>_headers_to_remove` and `<kind>_headers_to_add` of the message at `place` (without a kind plain
 * `headers_to_add`); undefined for none.
 */
export function compileHeaderMutations(
  kind: 'request' | 'response' | '',
  remove: readonly string[] | undefined,
  add: Additions,
  place: ConfigPlace,
  options: RouteTableOptions,
): HeaderMutations | undefined {
  if ((remove === undefined || remove.length === 0) && (add === undefined || add.length === 0)) return undefined
  const prefix = kind === '' ? '' : `${kind}_`
  const names = (remove ?? []).map((name) => name.toLowerCase())
  names.forEach((name, i) => {
    if (!isModifiable(name))
      place.item(`${prefix}headers_to_remove`, i).error('reserved-header', `${quoted(name)} cannot be removed`, HINT)
  })
  const additions: Addition[] = []
  add?.forEach((config, i) => {
    const addition = compileAddition(config, place.item(`${prefix}headers_to_add`, i, config), options)
    if (addition !== undefined) additions.push(addition)
  })
  return new HeaderMutations(names.filter(isModifiable), additions)
}

/** Compiles one addition by itself; undefined (and a problem) when it is refused. */
export function compileHeaderAddition(
  config: Message<'envoy.config.core.v3.HeaderValueOption'>,
  place: ConfigPlace,
  options: FormatOptions,
): HeaderMutations | undefined {
  const addition = compileAddition(config, place, options)
  return addition && new HeaderMutations([], [addition])
}

const HINT = 'pseudo headers and host are rewritten by the route action: host_rewrite_literal, prefix_rewrite, …'

/** Whether lists may add, replace and remove a header: not pseudo headers, not the host. */
export function isModifiable(lowerName: string): boolean {
  return !lowerName.startsWith(':') && lowerName !== 'host'
}

function compileAddition(
  config: Message<'envoy.config.core.v3.HeaderValueOption'>,
  place: ConfigPlace,
  options: FormatOptions,
): Addition | undefined {
  const name = (config.header?.key ?? '').toLowerCase()
  const header = place.at('header', config.header)
  if (!isModifiable(name)) {
    header.at('key').error('reserved-header', `${quoted(name)} cannot be added or changed`, HINT)
    return undefined
  }
  const formatter = formatOf(config.header?.value ?? '', header.at('value'), options)
  if (formatter === undefined) return undefined
  return { name, formatter, action: actionOf(config, place), keepEmpty: config.keep_empty_value === true, node: config }
}

function actionOf(config: Message<'envoy.config.core.v3.HeaderValueOption'>, place: ConfigPlace): Action {
  const { append, append_action: action = 'APPEND_IF_EXISTS_OR_ADD' } = config
  if (append === undefined) return ACTIONS[action]
  if (action !== 'APPEND_IF_EXISTS_OR_ADD')
    place
      .at('append')
      .error('oneof-conflict', 'append and append_action are both set', 'leave out append, it is deprecated')
  return append ? APPEND : OVERWRITE
}

/** Compiles a format string at its place; a missing value prints nothing. Undefined (and a problem) when it is refused. */
export function formatOf(
  text: string,
  place: ConfigPlace,
  options: FormatOptions,
  omitEmpty = true,
): Formatter | undefined {
  const compiled = compileFormat(text, {
    environment: options.formatEnvironment,
    omitEmpty,
    controls: 'header',
    extensions: options.formatExtensions,
  })
  if (compiled.ok) return compiled.formatter
  place.error(
    compiled.code,
    `${compiled.message} (at character ${compiled.offset + 1} of ${quoted(text)})`,
    'a percent sign is written %%',
  )
  return undefined
}
