/** Rules of protoc-gen-validate for one field, as its options wrote them. */
export interface Rules {
  readonly [rule: string]: unknown
}

/** One field: type (scalar, enum or message name), number, key type of a map, list, deprecated, rules. */
export interface FieldSpec {
  readonly t: string
  readonly n: number
  readonly k?: string
  readonly a?: 1
  readonly d?: 1
  readonly r?: Rules
}

export interface OneofSpec {
  readonly f: readonly string[]
  readonly req?: 1
}

export interface MessageSpec {
  readonly f: Readonly<Record<string, FieldSpec>>
  readonly o?: Readonly<Record<string, OneofSpec>>
}

/**
 * Envoy's API, and our own messages in the same form: the one source of truth. It checks YAML, types the code,
 * decodes xDS, feeds the editor and says what is unsupported.
 */
export interface Table {
  readonly messages: Readonly<Record<string, MessageSpec>>
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>
}
