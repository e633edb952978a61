/** Rules of protoc-gen-validate for one field, as its options wrote them. */
export interface Rules {
  readonly [rule: string]: unknown
}

/**
 * One field: `t` type (scalar, enum or message name), `n` number, `k` key type of a map, `a` list, `d` deprecated,
 * `p` knows absent from zero though it is a scalar, `s` sensitive: never shown in a dump, `r` rules.
 */
export interface FieldSpec {
  readonly t: string
  readonly n: number
  readonly k?: string
  readonly a?: 1
  readonly d?: 1
  readonly p?: 1
  readonly s?: 1
  readonly r?: Rules
}

/** Fields of which one at most may be set; `req`: one has to be. */
export interface OneofSpec {
  readonly f: readonly string[]
  readonly req?: 1
}

/** `x`: Envoy has the message and its fields are not known here, so that it can be named and nothing more. */
export interface MessageSpec {
  readonly f: Readonly<Record<string, FieldSpec>>
  readonly o?: Readonly<Record<string, OneofSpec>>
  readonly x?: 1
}

/**
 * Envoy's API, and our own messages in the same form: the one source of truth. It checks YAML, types the code,
 * decodes xDS, feeds the editor and says what is unsupported.
 */
export interface Table {
  readonly messages: Readonly<Record<string, MessageSpec>>
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>
}
