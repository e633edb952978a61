export { type CelExpression, type CelFault, compileCel, compileParsedCel } from './expression.ts'
export { celHonours } from './honours.ts'
export { type CelLibrary, celLibrary, loadCel } from './library.ts'
export type { CelSubject } from './subject.ts'
