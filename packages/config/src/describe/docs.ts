import { DOCS_TEXT } from '../generated/docs.ts'

let docs: Readonly<Record<string, string>> | undefined

/** The first sentences about a message, a field (`Message.field`) or an enum's value (`Enum.VALUE`). */
export function docOf(name: string): string | undefined {
  docs ??= JSON.parse(DOCS_TEXT) as Record<string, string>
  return Object.hasOwn(docs, name) ? docs[name] : undefined
}
