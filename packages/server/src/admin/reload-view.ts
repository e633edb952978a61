import type { ReloadView } from '@nuncio/admin'
import type { Problem } from '@nuncio/config'
import type { ReloadOutcome } from '../reload/contracts.ts'

/** A reload as the admin shows it. */
export function reloadView({ outcome, generation, atMs, problems, diff }: ReloadOutcome): ReloadView {
  const lines = (severity: Problem['severity']): string[] =>
    problems.filter((problem) => problem.severity === severity).map(line)
  return {
    outcome,
    generation,
    atMs,
    errors: lines('error'),
    warnings: lines('warning'),
    changes: (diff?.changes ?? []).map(({ kind, name }) => `${kind}: ${name}`),
    closes: (diff?.closes ?? []).map(({ connections, why }) => `${connections}: ${why}`),
  }
}

function line({ file, line: at, column, message }: Problem): string {
  return at === 0 ? `${file}: ${message}` : `${file}:${at}:${column}: ${message}`
}
