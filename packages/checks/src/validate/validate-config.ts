import type { ConfigKind, Problem } from '@nuncio/config'
import { openConfig, type OpenOptions } from '../view/config-view.ts'

/** What there is to say about a file. */
export interface Validation {
  readonly kind: ConfigKind
  readonly problems: readonly Problem[]
  /** The texts by file name, for showing problems. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * Everything that is wrong with a configuration of any kind: what the loader finds, and what compiling its routes finds
 * (patterns, formats, rewrites); with `readFile`, of the files it takes resources from, too. Needs no network and no clock; nothing is thrown for what the text holds.
 */
export function validateConfig(input: string | Uint8Array, options: OpenOptions = {}): Validation {
  const view = openConfig(input, options)
  // Compiling tells what is not supported whether it was asked for or not.
  const problems = view.problems.filter(({ code }) => code !== 'unsupported' || options.honours !== undefined)
  // Problems of routes come after those of the whole file: again in the order of the text, and as strict.
  const strict = options.strict === true
  const list = problems.map((problem) =>
    strict && problem.severity === 'warning' ? { ...problem, severity: 'error' as const } : problem,
  )
  return {
    kind: view.loaded.kind,
    texts: view.texts,
    problems: view.inOrder(list),
  }
}
