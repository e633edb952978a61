import type { Problem } from '@nuncio/config'
import { checked, checking, failure, showLine } from '../state/store.ts'

const MOST = 200

/** What is wrong, and what is legal and probably not meant; each leads to its line. */
export function Problems() {
  const problems = checked.value?.problems ?? []
  return (
    <details class="problems" open={problems.length > 0 || failure.value !== ''}>
      <summary aria-live="polite">{summary(problems)}</summary>
      {failure.value !== '' && <p class="failure">{failure.value}</p>}
      <ol class="problem-list">
        {problems.slice(0, MOST).map((problem) => (
          <li key={`${problem.code} ${problem.line} ${problem.column} ${problem.message}`}>
            <button
              type="button"
              class="problem"
              data-severity={problem.severity}
              onClick={() => showLine(problem.line)}
            >
              <span class="problem-line">{problem.line || ''}</span>
              <span class="problem-text">
                {problem.message}
                {problem.hint !== '' && <span class="problem-hint"> {problem.hint}</span>}
              </span>
              <span class="problem-code">{problem.code}</span>
            </button>
          </li>
        ))}
        {problems.length > MOST && <li class="more">and {problems.length - MOST} more</li>}
      </ol>
    </details>
  )
}

function summary(problems: readonly Problem[]): string {
  if (failure.value !== '') return 'not checked'
  if (checked.value === undefined) return checking.value ? 'checking…' : ''
  const count = (severity: Problem['severity'], one: string, many: string): string => {
    const n = problems.filter((problem) => problem.severity === severity).length
    return n === 0 ? '' : `${n} ${n === 1 ? one : many}`
  }
  const parts = [
    count('error', 'error', 'errors'),
    count('warning', 'warning', 'warnings'),
    count('info', 'note', 'notes'),
  ]
  return parts.filter((part) => part !== '').join(', ') || 'no problems'
}
