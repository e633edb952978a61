export { type Decision, decide, explainRequest, type OutcomeKind, type RequestExplanation } from './explain-request.ts'
export type { Located, LocateOptions } from './locate.ts'
export { printExplanation, type PrintOptions, verdict } from './print.ts'
