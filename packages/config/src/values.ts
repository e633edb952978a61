/** A duration or a point in time, in milliseconds, fractions allowed. What YAML writes as `1.5s` is 1500. */
export type Milliseconds = number

/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/**
 * A `google.protobuf.Any` of a known type: its full message name (without `type.googleapis.com/`) and its fields.
 * Narrow it with `isMessage`.
 */
export interface AnyMessage {
  readonly '@type': string
}
