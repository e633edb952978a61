export { formatFindings } from './format-lint.ts'
export { lint, type LintOptions, lintRules } from './lint.ts'
export type { LintContext, LintRule } from './rule.ts'
