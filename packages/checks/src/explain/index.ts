export {
  type Decision,
  decide,
  explainRequest,
  type OutcomeKind,
  type RequestExplanation,
  tellRequest,
  type ToldRequest,
} from './explain-request.ts'
export type { Located, LocateOptions } from './locate.ts'
export { printExplanation, type PrintOptions, verdict } from './print.ts'
