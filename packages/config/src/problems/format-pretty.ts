import { lineStarts } from '../tree/texts.ts'
import type { Problem, Severity } from '../problem.ts'

/** How problems look in a terminal. */
export interface PrettyOptions {
  /** With ANSI colours. */
  readonly colour?: boolean
  /** Lines shown before the one the problem is about; 1 unless given. */
  readonly context?: number
}

const COLOURS: Readonly<Record<Severity | 'dim' | 'bold', number>> = {
  error: 31,
  warning: 33,
  info: 36,
  dim: 2,
  bold: 1,
}

/**
 * Problems for a reader: place, message, the line with a caret under the place, the hint. `texts` holds the texts by file
 * name; a problem whose text is not there goes without its line.
 */
export function formatPretty(
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string>,
  options: PrettyOptions = {},
): string {
  const paint = (style: Severity | 'dim' | 'bold', text: string): string =>
    options.colour ? `\u001b[${COLOURS[style]}m${text}\u001b[0m` : text
  const lines = new Map<string, readonly string[]>()
  for (const [file, text] of texts) lines.set(file, linesNear(text))
  const blocks = problems.map((problem) => {
    const head = `${placeText(problem)}${paint(problem.severity, problem.severity)} ${paint('dim', problem.code)} ${paint('bold', problem.message)}`
    const path = problem.path === '' ? [] : [`  ${paint('dim', `at ${problem.path}`)}`]
    const hint = problem.hint === '' ? [] : hintLines(problem.hint)
    return [head, ...frame(problem, lines.get(problem.file), options.context ?? 1, paint), ...path, ...hint].join('\n')
  })
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n\n${summary(problems)}\n`
}

function placeText({ file, line, column }: Problem): string {
  const name = file === '' ? 'line ' : `${file}:`
  return line === 0 ? (file === '' ? '' : `${file}: `) : `${name}${line}:${column} `
}

/** Lines beyond this are no lines that a reader could use. */
const MAX_WIDTH = 160

function linesNear(text: string): readonly string[] {
  const starts = lineStarts(text)
  return starts.map((start, i) => text.slice(start, (starts[i + 1] ?? text.length + 1) - 1).replace(/\r$/, ''))
}

type Paint = (style: Severity | 'dim' | 'bold', text: string) => string

function frame(problem: Problem, lines: readonly string[] | undefined, context: number, paint: Paint): string[] {
  const line = lines?.[problem.line - 1]
  if (!lines || line === undefined) return []
  const width = String(problem.line).length
  const first = Math.max(1, problem.line - context)
  // A long line, as in minified JSON, is shown around the place.
  const cut = line.length > MAX_WIDTH ? Math.max(0, problem.column - 1 - MAX_WIDTH / 2) : 0
  const shown = (text: string): string => text.slice(cut, cut + MAX_WIDTH).replaceAll('\t', ' ')
  const numbered = (number: number): string => paint('dim', `${String(number).padStart(width + 2)} | `)
  const before = lines.slice(first - 1, problem.line - 1).map((text, i) => numbered(first + i) + shown(text))
  const caret = ' '.repeat(problem.column - 1 - cut) + '^'.repeat(tokenLength(line, problem.column - 1))
  return [
    ...before,
    numbered(problem.line) + shown(line),
    paint('dim', `${' '.repeat(width + 2)} | `) + paint(problem.severity, caret),
  ]
}

/** How many characters the caret underlines: the word or quoted text that begins there. */
function tokenLength(line: string, at: number): number {
  const match = /^(?:"[^"]*"|'[^']*'|[^\s:,[\]{}#]+)/.exec(line.slice(at, at + MAX_WIDTH))
  return match ? match[0].length : 1
}

function hintLines(hint: string): string[] {
  const [first = '', ...rest] = hint.split('\n')
  return rest.length === 0 ? [`  = ${first}`] : ['  =', ...[first, ...rest].map((line) => `    ${line}`)]
}

function summary(problems: readonly Problem[]): string {
  const count = (severity: Severity, one: string): string[] => {
    const number = problems.filter((problem) => problem.severity === severity).length
    return number === 0 ? [] : [`${number} ${one}${number === 1 ? '' : 's'}`]
  }
  return [...count('error', 'error'), ...count('warning', 'warning'), ...count('info', 'note')].join(', ')
}
