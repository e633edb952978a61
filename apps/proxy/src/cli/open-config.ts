import { openConfig, type ConfigView } from '@nuncio/checks'
import type { LoadOptions, Problem } from '@nuncio/config'
import { readInput } from './read-file.ts'
import { printProblems } from './print-problems.ts'

/** Opens a configuration of any kind for a tool; `-` is standard input. */
export function openFile(file: string, options: LoadOptions = {}): ConfigView {
  return openConfig(readInput(file), { ...options, file: file === '-' ? 'stdin' : file })
}

/**
 * As `openFile`, for tools that are not about problems: errors go to standard error, and `broken` tells that the answers
 * are about what could be read. What nuncio does not support, or nobody knows, is only a warning: it leaves the rest of the
 * file as it is.
 */
export function openForAnswers(file: string): { readonly view: ConfigView; readonly broken: boolean } {
  const view = openFile(file)
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
