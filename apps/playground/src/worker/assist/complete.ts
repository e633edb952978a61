import type { FieldType, MessageType } from '@nuncio/config'
import type { Completion, CompletionOption } from '../protocol.ts'
import { parse, type Place, placeOf, schema } from './cursor.ts'
import { productApi } from '../product.ts'

/** Stands where the cursor is; no file has such a word. */
const MARK = 'zz0cursor'
const WORD = /[\w.@/'"-]*$/
const WORD_AFTER = /^[\w.@/'"-]*/
const TYPE_PREFIX = 'type.googleapis.com/'

/** What may be written at an offset, by the table of the API; undefined when the place is not known. */
export function completionsAt(text: string, offset: number): Completion | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  const before = text.slice(lineStart, offset)
  if (before.includes('#')) return undefined
  const word = WORD.exec(before)![0]
  const from = offset - word.length
  const to = offset + WORD_AFTER.exec(text.slice(offset))![0].length
  const isValue = text.slice(lineStart, from).trimEnd().endsWith(':')
  const hasColon = /^\s*:/.test(text.slice(to))
  const mark = isValue || hasColon ? MARK : `${MARK}: 0`
  const key = isValue ? /([\w@]+)['"]?\s*:\s*$/.exec(text.slice(lineStart, from))?.[1] : undefined
  if (key === '@type') return { from, options: typeOptions() }
  const place = placeOf(
    parse(text.slice(0, from) + mark + text.slice(to)),
    (node, isKey) => isKey !== isValue && node.value === MARK,
  )
  if (place === undefined) return undefined
  const options = isValue ? valueOptions(place.field) : keyOptions(place, hasColon)
  return options.length === 0 ? undefined : { from, options }
}

function keyOptions({ message, siblings }: Place, hasColon: boolean): CompletionOption[] {
  const taken = new Set(siblings)
  return fieldsOf(message)
    .filter(([name]) => !taken.has(name))
    .map(([name, field]) => ({
      label: name,
      detail: typeText(field),
      apply: hasColon ? name : `${name}: `,
      kind: 'property',
    }))
}

function fieldsOf(message: MessageType): [string, FieldType][] {
  return Object.keys(message.spec.f).map((name) => [name, message.fields.get(name)!])
}

function valueOptions(field: FieldType | undefined): CompletionOption[] {
  if (field?.kind === 'enum')
    return Object.keys(schema().enum(field.name)?.values ?? {}).map((label) => ({
      label,
      detail: '',
      apply: label,
      kind: 'enum',
    }))
  if (field?.kind === 'bool')
    return ['true', 'false'].map((label) => ({ label, detail: '', apply: label, kind: 'constant' }))
  return []
}

/** Types of extensions that nuncio has. */
function typeOptions(): CompletionOption[] {
  const { honours, definitions } = productApi()
  const names = [...Object.keys(honours), ...definitions.map(({ type }) => type)]
  return [
    ...new Set(
      names.filter((name) => /(extensions|^nuncio)\..*\.[A-Z]\w+$/.test(name) && !/\.[A-Z]\w+\.[A-Z]/.test(name)),
    ),
  ].map((name) => ({ label: name, detail: '', apply: `${TYPE_PREFIX}${name}`, kind: 'type' }))
}

/** `list of Route`, `duration`. */
function typeText(field: FieldType): string {
  const one =
    field.kind === 'message' || field.kind === 'enum'
      ? field.name.slice(field.name.lastIndexOf('.') + 1)
      : field.scalar || field.kind
  return field.list ? `list of ${one}` : one
}
