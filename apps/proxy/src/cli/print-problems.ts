import { formatPretty, type Problem } from '@nuncio/config'

/** Shows problems on standard error, with their lines; notes (`info`) only when asked for. */
export function printProblems(problems: readonly Problem[], texts: ReadonlyMap<string, string>, notes = false): void {
  const shown = problems.filter((problem) => notes || problem.severity !== 'info')
  if (shown.length === 0) return
  process.stderr.write(`${formatPretty(shown, texts, { colour: useColour(process.stderr) })}\n`)
}

/** Colours are for terminals, unless NO_COLOR is set. */
export function useColour(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
}
