import { openConfig, type ConfigView } from '@nuncio/checks'
import type { MessageSchema, Problem } from '@nuncio/config'
import { productApi } from './product.ts'
import { readInput } from './read-file.ts'
import { printProblems } from './print-problems.ts'

/** Opens a configuration of any kind for a tool; `-` is standard input. `definitions`: all messages that are not Envoy's. */
export function openFile(
  file: string,
  definitions: readonly MessageSchema<unknown>[] = productApi().definitions,
): ConfigView {
  return openConfig(readInput(file), { definitions, file: file === '-' ? 'stdin' : file, readFile: readInput })
}

/**
 * As `openFile`, for tools that are not about problems: errors go to standard error, and `broken` tells that the answers
 * are about what could be read. What nuncio does not support, or nobody knows, is only a warning: it leaves the rest of the
 * file as it is.
 */
export function openForAnswers(
  file: string,
  definitions?: readonly MessageSchema<unknown>[],
): { readonly view: ConfigView; readonly broken: boolean } {
  const view = openFile(file, definitions)
  const errors = view.problems
    .filter(isError)
    .map((problem): Problem => (BESIDE.has(problem.code) ? { ...problem, severity: 'warning' } : problem))
  printProblems(errors, view.texts)
  return { view, broken: errors.some(isError) }
}

const BESIDE: ReadonlySet<string> = new Set(['unsupported', 'unknown-type'])

export function isError(problem: Problem): boolean {
  return problem.severity === 'error'
}
