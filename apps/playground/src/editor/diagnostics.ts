import type { Action, Diagnostic } from '@codemirror/lint'
import type { Text } from '@codemirror/state'
import type { Problem } from '@nuncio/config'

const MOST = 500
const SUGGESTION = /^did you mean "?([^"?]+)"?\?/

/** Problems as the editor marks them: from their place to the end of the word that stands there. */
export function diagnosticsOf(document: Text, problems: readonly Problem[]): Diagnostic[] {
  return problems
    .filter(({ line }) => line >= 1 && line <= document.lines)
    .slice(0, MOST)
    .map((problem) => {
      const line = document.line(problem.line)
      const from = Math.min(line.from + Math.max(0, problem.column - 1), line.to)
      const rest = line.text.slice(from - line.from)
      const word = /^("[^"]*"|'[^']*'|[^\s:,{}[\]]+)/.exec(rest)?.[0] ?? rest
      const to = Math.max(Math.min(from + word.length, line.to), Math.min(from + 1, line.to))
      return {
        from,
        to,
        severity: problem.severity,
        source: problem.code,
        message: problem.hint === '' ? problem.message : `${problem.message}\n${problem.hint}`,
        actions: actionsFor(problem, word),
      }
    })
    .toSorted((a, b) => a.from - b.from)
}

/** What a hint suggests can be put in place of the word. */
function actionsFor(problem: Problem, word: string): Action[] {
  const suggestion = SUGGESTION.exec(problem.hint)?.[1]
  if (suggestion === undefined) return []
  const quote = /^["']/.exec(word)?.[0] ?? ''
  return [
    {
      name: `Replace with ${suggestion}`,
      apply: (view, from, to) => view.dispatch({ changes: { from, to, insert: `${quote}${suggestion}${quote}` } }),
    },
  ]
}
