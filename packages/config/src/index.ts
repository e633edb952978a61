export { canonical, format, type PrintedText } from './document/canonical.ts'
export { mergeHonours } from './honours/honours.ts'
export { READ_ONCE } from './honours/file-source.ts'
export { type JsonOptions, redact, toJson } from './json/to-json.ts'
export { type ConfigText, loadBootstrap, mergeBootstrap } from './load/load-bootstrap.ts'
export { load } from './load/load.ts'
export { type ConfigKind, loadAny, type LoadedAny } from './load/load-any.ts'
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
export {
  bool, double, duration, envoy, type Field, type Fields, int32, json, list, message, nested, type NumberRules, oneOf, required, string, type StringRules, uint32, type Value,
} from './own/message.ts' // prettier-ignore
export { PROBLEM_CODES } from './problems/codes.ts'
export { formatGithub, formatJson, formatSarif, type SarifOptions } from './problems/format-machine.ts'
export { formatPretty, type PrettyOptions } from './problems/format-pretty.ts'
export { formatProblems, type ProblemFormat } from './problems/format.ts'
export type { EnumType, FieldType, Kind, MessageType, OneofType, ValueType } from './schema/field-type.ts'
export { nearest } from './schema/names.ts'
export { envoySchema, Schema, schemaWith } from './schema/schema.ts'
export { Paths } from './semantics/paths.ts'
export { decode, loadWire } from './wire/decode.ts'
export { encode } from './wire/encode.ts'
export { WireWriter } from './wire/writer.ts'
export type { FieldSpec, MessageSpec, OneofSpec, Rules, Table } from './table.ts'
export type { AnyMessage, JsonObject, JsonValue, Milliseconds } from './values.ts'
