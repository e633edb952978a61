import { type FieldName, fieldName } from './field-name.ts'

/** What an entry of a table costs beyond its texts (RFC 7541 4.1). */
export const ENTRY_OVERHEAD = 32

/** An entry of a decoder's table. */
export class Field {
  readonly name: FieldName
  /** Latin-1, without blanks at its ends. */
  readonly value: string
  /** Whether the value may stand in a message. */
  readonly valid: boolean
  /** Its size by the rules of the table, in bytes. */
  readonly size: number
  /** As a line of HTTP/1, with its end. */
  readonly line: string

  constructor(name: FieldName, value: string, valid: boolean, size: number) {
    this.name = name
    this.value = value
    this.valid = valid
    this.size = size
    this.line = `${name.lineStart}${value}\r\n`
  }
}

/** An entry that is written in the code. */
export function field(name: string, value: string): Field {
  return new Field(fieldName(name), value, true, name.length + value.length + ENTRY_OVERHEAD)
}
