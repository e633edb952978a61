import type { Problem } from '../problem.ts'

/** Problems in the order of the text, file by file; with `strict`, warnings count as errors. Said twice is said once. */
export function inOrder(problems: readonly Problem[], strict: boolean): readonly Problem[] {
  const files = new Map<string, number>()
  for (const { file } of problems) if (!files.has(file)) files.set(file, files.size)
  const list = strict ? problems.map(asError) : [...problems]
  list.sort((a, b) => files.get(a.file)! - files.get(b.file)! || a.line - b.line || a.column - b.column)
  const seen = new Set<string>()
  return Object.freeze(
    list.filter(({ code, severity, path, line, column, message }) => {
      const key = `${code}|${severity}|${line}:${column}|${path}|${message}`
      return seen.has(key) ? false : seen.add(key)
    }),
  )
}

function asError(problem: Problem): Problem {
  return problem.severity === 'warning' ? { ...problem, severity: 'error' } : problem
}
