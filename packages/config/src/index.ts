export { mergeHonours } from './honours/honours.ts'
export { load } from './load/load.ts'
export { loadBootstrap } from './load/load-bootstrap.ts'
export type { LoadOptions } from './load/options.ts'
export type { LoadResult } from './load/result.ts'
export {
  type EnumName,
  envoyMessage,
  type HonouredFields,
  type Honours,
  isMessage,
  type Message,
  type MessageName,
  type MessageSchema,
} from './message.ts'
export type { ParseLimits } from './parse/limits.ts'
export type { Position, Sources } from './position.ts'
export type { Problem, Severity } from './problem.ts'
export type { FieldSpec, MessageSpec, OneofSpec, Rules, Table } from './table.ts'
export type { AnyMessage, JsonObject, JsonValue, Milliseconds } from './values.ts'
