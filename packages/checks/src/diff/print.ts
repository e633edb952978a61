import type { JsonValue, Position } from '@nuncio/config'
import type { ConfigChange, ConfigDiff } from './change.ts'
import type { FieldChange } from './field-changes.ts'

const MARKS = { added: '+', removed: '-', changed: '~', moved: '>' } as const
const COLOURS = { added: 32, removed: 31, changed: 33, moved: 36 } as const
const MAX_FIELDS = 20
const MAX_VALUE = 100

/** A diff for a reader: a line a change, the fields below it, and at the end what closes. */
export function printDiff({ changes, closes }: ConfigDiff, colour = false): string {
  if (changes.length === 0) return 'nothing changes\n'
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = changes.flatMap((change) => [
    `${paint(COLOURS[change.kind], `${MARKS[change.kind]} ${change.name}`)}  ${paint(2, places(change))}`,
    ...change.fields.slice(0, MAX_FIELDS).map((field) => `    ${fieldText(field)}`),
    ...(change.fields.length > MAX_FIELDS ? [`    … and ${change.fields.length - MAX_FIELDS} more fields`] : []),
  ])
  lines.push('', ...(closes.length === 0 ? ['no connection closes'] : ['these close, when what they carry is done:']))
  for (const { connections, why } of closes) lines.push(`  ${connections}: ${why}`)
  return `${lines.join('\n')}\n`
}

function places({ before, after }: ConfigChange): string {
  return [before, after].flatMap((position) => (position === undefined ? [] : place(position))).join(' → ')
}

function place({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

function fieldText({ path, before, after }: FieldChange): string {
  if (path === '') return 'a secret, which is not shown'
  if (before === undefined) return `${path}: ${valueText(after)} is new`
  if (after === undefined) return `${path}: ${valueText(before)} is gone`
  return `${path}: ${valueText(before)} becomes ${valueText(after)}`
}

function valueText(value: JsonValue | undefined): string {
  const text = typeof value === 'string' && /^[\w./:-]+$/.test(value) ? value : JSON.stringify(value ?? null)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
