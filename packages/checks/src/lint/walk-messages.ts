import { type AnyMessage, envoySchema, type FieldType } from '@nuncio/config'

type Fields = Readonly<Record<string, unknown>>

/** Where a walk stands: a message of a known type, and how it got there. */
export interface Visit {
  readonly type: string
  readonly message: object
}

/** A field of a message with its value. */
export type FieldVisitor = (visit: Visit, field: FieldType, value: unknown) => void

/** Visits every field of a message and of all messages below it, whatever they are, by the table of the API. */
export function walkMessages(type: string, root: object, visit: FieldVisitor): void {
  const schema = envoySchema()
  const open: Visit[] = [{ type, message: root }]
  const push = (field: FieldType, value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
    if (field.kind === 'message') open.push({ type: field.name, message: value })
    else if (field.kind === 'any') open.push({ type: (value as AnyMessage)['@type'], message: value })
  }
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const message = schema.message(at.type)
    if (message === undefined) continue
    for (const [name, value] of Object.entries(at.message as Fields)) {
      const field = message.fields.get(name)
      if (field === undefined || value === undefined) continue
      visit(at, field, value)
      if (field.mapKey !== undefined) for (const item of Object.values(value as Fields)) push(field, item)
      else if (field.list) for (const item of value as readonly unknown[]) push(field, item)
      else push(field, value)
    }
  }
}
