import type { Message } from '@nuncio/config'
import { canonicalPath } from './canonical-path.ts'
import { hasEscapedSlashes, mergeSlashes, unescapeSlashes } from './slashes.ts'

/** What becomes of a path. Reused between calls. */
export interface NormalizedPath {
  /**
   * `forward`: go on with `path`. `redirect`: answer 307 with `path` as Location. `reject`: answer 400; `path` is then as far as
   * it was rewritten.
   */
  action: 'forward' | 'redirect' | 'reject'
  path: string
}

/** Makes paths canonical before anything matches on them. */
export interface PathNormalizer {
  /** The outcome for a request target in origin form; valid until the next call. Allocates nothing when nothing is to do. */
  normalize(path: string, isGrpc?: boolean): NormalizedPath
}

type Options = Pick<
  Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>,
  'normalize_path' | 'merge_slashes' | 'path_with_escaped_slashes_action'
>

const FRAGMENT = 1
const ESCAPE = 2
const DOT_SEGMENT = 4
const ODD_CHARACTER = 8
const DOUBLE_SLASH = 16

/**
 * Compiles the path options of a connection manager. Its order: fragment, escaped slashes, normalisation, double
 * slashes. `rejectFragments` is Envoy's runtime guard `http_reject_path_with_fragment`, on by default.
 */
export function compilePathNormalizer(options: Options, rejectFragments = true): PathNormalizer {
  return new Normalizer(options, rejectFragments)
}

class Normalizer implements PathNormalizer {
  readonly #rejectFragments: boolean
  readonly #slashes: 'keep' | 'reject' | 'redirect' | 'forward'
  readonly #normalize: boolean
  readonly #merge: boolean
  /** Findings that call for work. */
  readonly #relevant: number
  readonly #result: NormalizedPath = { action: 'forward', path: '' }

  constructor(options: Options, rejectFragments: boolean) {
    this.#rejectFragments = rejectFragments
    this.#slashes = ACTIONS[options.path_with_escaped_slashes_action ?? 'KEEP_UNCHANGED']
    this.#normalize = options.normalize_path === true
    this.#merge = options.merge_slashes === true
    this.#relevant =
      FRAGMENT |
      (this.#slashes === 'keep' ? 0 : ESCAPE) |
      (this.#normalize ? ESCAPE | DOT_SEGMENT | ODD_CHARACTER : 0) |
      (this.#merge ? DOUBLE_SLASH : 0)
  }

  normalize(path: string, isGrpc = false): NormalizedPath {
    if ((findings(path) & this.#relevant) === 0) return this.#answer('forward', path)
    const hash = path.indexOf('#')
    if (hash >= 0 && this.#rejectFragments) return this.#answer('reject', path)
    const whole = hash < 0 ? path : path.slice(0, hash)
    const mark = whole.indexOf('?')
    const bare = mark < 0 ? whole : whole.slice(0, mark)
    const query = mark < 0 ? '' : whole.slice(mark)
    const escaped = this.#slashes !== 'keep' && hasEscapedSlashes(bare)
    const unescaped = escaped ? unescapeSlashes(bare) : bare
    const out = escaped && this.#slashes === 'reject' ? undefined : this.#canonical(unescaped)
    if (out === undefined) return this.#answer('reject', unescaped + query)
    if (!escaped || this.#slashes === 'forward') return this.#answer('forward', out + query)
    return this.#answer(isGrpc ? 'reject' : 'redirect', out + query)
  }

  /** The path (no query) in its new form; undefined when it has none. */
  #canonical(path: string): string | undefined {
    const out = this.#normalize ? canonicalPath(path) : path
    return out !== undefined && this.#merge ? mergeSlashes(out) : out
  }

  #answer(action: NormalizedPath['action'], path: string): NormalizedPath {
    this.#result.action = action
    this.#result.path = path
    return this.#result
  }
}

const ACTIONS = {
  IMPLEMENTATION_SPECIFIC_DEFAULT: 'keep',
  KEEP_UNCHANGED: 'keep',
  REJECT_REQUEST: 'reject',
  UNESCAPE_AND_REDIRECT: 'redirect',
  UNESCAPE_AND_FORWARD: 'forward',
} as const

// Bytes that canonical paths escape, and the backslash.
const ODD = new Uint8Array(256)
for (let c = 0; c < 256; c++) ODD[c] = c <= 32 || c >= 127 || '"<>^`{|}\\'.includes(String.fromCharCode(c)) ? 1 : 0

/** What there is in a path that some option may care for. A fragment counts behind the query too. */
function findings(path: string): number {
  let found = 0
  let before = 0
  for (let i = 0; i < path.length; i++) {
    const c = path.charCodeAt(i)
    if (c === 63) return path.includes('#', i) ? found | FRAGMENT : found
    if (c === 35) found |= FRAGMENT
    else if (c === 37) found |= ESCAPE
    else if (c === 46) found |= before === 47 ? DOT_SEGMENT : 0
    else if (c === 47) found |= before === 47 ? DOUBLE_SLASH : 0
    else if (ODD[c & 255] === 1) found |= ODD_CHARACTER
    before = c
  }
  return found
}
