/**
 * The headers of one message, in wire order. Names given to look-ups must be lower-case (they are part of the code
 * or were lowered when configuration loaded); names on the wire keep their case. Values are bytes as Latin-1 text.
 * Pseudo headers are reached through the same look-ups: `get(':path')`.
 */
export interface HeaderMap {
  /** How many header lines, pseudo headers not counted. */
  readonly size: number
  /** The first value, or undefined. */
  get(name: string): string | undefined
  /** All values, in order. */
  getAll(name: string): readonly string[]
  /** All values joined with `,`, as Envoy's matchers see a repeated header; undefined when absent. */
  getJoined(name: string): string | undefined
  has(name: string): boolean
  /** Leaves exactly one line of this name: the first keeps its place, others go; added at the end when absent. */
  set(name: string, value: string): void
  /** Adds a line at the end. */
  append(name: string, value: string): void
  /** Removes every line of this name; says whether there was one. */
  remove(name: string): boolean
  /** Visits each line in order, with the name as on the wire. Pseudo headers are not visited. */
  forEach(visit: (name: string, value: string) => void): void
}

/** Request headers with the pseudo headers as fields. An absent one is ''. */
export interface RequestHeaders extends HeaderMap {
  method: string
  /** The request target in origin form, with its query. */
  path: string
  /** The host that was asked for, with its port as written. */
  authority: string
  scheme: string
  /** Extended CONNECT (RFC 8441) or the translated HTTP/1.1 upgrade, in the letters that were sent; '' when none. */
  protocol: string
}

/** Response headers with the status as a number. */
export interface ResponseHeaders extends HeaderMap {
  status: number
}
