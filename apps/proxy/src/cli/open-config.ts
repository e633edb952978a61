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
 * are about what could be read.
 */
export function openForAnswers(file: string): { readonly view: ConfigView; readonly broken: boolean } {
  const view = openFile(file)
  const errors = view.problems.filter(isError)
  printProblems(errors, view.texts)
  return { view, broken: errors.length > 0 }
}

export function isError(problem: Problem): boolean {
  return problem.severity === 'error'
}
