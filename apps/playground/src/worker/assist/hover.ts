import type { Hover } from '../protocol.ts'
import { parse, placeOf, schema } from './cursor.ts'

/** What the API says of the key or value at an offset. The documentation is loaded with the first question. */
export async function hoverAt(text: string, offset: number): Promise<Hover | undefined> {
  let from = 0
  let to = 0
  const place = placeOf(parse(text), ({ range }) => {
    if (range == null || offset < range[0] || offset > range[1]) return false
    ;[from, to] = range
    return true
  })
  if (place?.field === undefined) return undefined
  const { describe } = await import('@nuncio/config/describe')
  const found = describe(`${place.message.name}.${place.field.field}`, schema())
  if (found === undefined) return undefined
  const notes = [found.required ? 'required' : '', found.deprecated ? 'deprecated' : ''].filter((note) => note !== '')
  return { from, to, name: place.field.field, type: found.type, doc: found.doc, notes }
}
