import type { Problem } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { ConfigView } from '../view/config-view.ts'
import { DisableComments } from './disable-comments.ts'
import * as registry from './registry.ts'
import type { LintContext, LintRule } from './rule.ts'

/** Every rule, by code. */
export const lintRules: ReadonlyMap<string, LintRule> = new Map(
  Object.values(registry).map((rule: LintRule) => [rule.code, rule]),
)

export interface LintOptions {
  /** Codes of the only rules to run. */
  readonly only?: readonly string[] | undefined
  /** Codes of rules to leave out. */
  readonly disable?: readonly string[] | undefined
}

/**
 * Looks for what is legal and probably not meant. Findings come in the order of the file; those that a comment
 * `# nuncio-lint-disable-next-line CODE` covers are left out. Throws `ERR_NUNCIO_ARGUMENT` for a code that no rule has.
 */
export function lint(view: ConfigView, options: LintOptions = {}): readonly Problem[] {
  for (const code of [...(options.only ?? []), ...(options.disable ?? [])])
    if (!lintRules.has(code)) throw unknownRule(code)
  const problems: Problem[] = []
  for (const rule of lintRules.values()) {
    if (options.only !== undefined && !options.only.includes(rule.code)) continue
    if (options.disable?.includes(rule.code) === true) continue
    rule.check(contextOf(view, rule, problems))
  }
  const comments = new DisableComments(view.texts)
  return view.inOrder(once(problems.filter((problem) => !comments.covers(problem))))
}

function contextOf(view: ConfigView, rule: LintRule, problems: Problem[]): LintContext {
  return {
    view,
    say: (node, field, message, hint = '') =>
      problems.push(view.problem(rule.code, rule.severity, node, field, message, hint)),
    note: (node, field, message, hint = '') =>
      problems.push(view.problem(rule.code, 'info', node, field, message, hint)),
  }
}

function unknownRule(code: string): NuncioError {
  return new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no lint rule ${code}`, {
    hint: `the rules are ${[...lintRules.keys()].join(', ')}`,
  })
}

/** Said twice is said once. */
function once(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ code, file, line, column, path, message }) => {
    const key = `${code} ${file}:${line}:${column} ${path} ${message}`
    return seen.has(key) ? false : seen.add(key)
  })
}
