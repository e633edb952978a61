import type { Honours } from '../message.ts'

/** What is honoured of one message. */
export interface HonouredMessage {
  readonly all: boolean
  readonly fields: ReadonlySet<string>
  /** Fields that are accepted though they change nothing, each with the reason. */
  readonly noEffect: ReadonlyMap<string, string>
}

type Entry =
  | '*'
  | readonly string[]
  | { readonly honoured: '*' | readonly string[]; readonly noEffect: Readonly<Record<string, string>> }

/** The union of what several parts honour. */
export function mergeHonours(parts: readonly Honours[]): Honours {
  const merged: Record<string, Entry> = {}
  for (const part of parts) {
    for (const [type, entry] of Object.entries(part) as [string, Entry][]) {
      const before = Object.hasOwn(merged, type) ? merged[type] : undefined
      merged[type] = before === undefined ? entry : union(before, entry)
    }
  }
  return Object.freeze(merged) as Honours
}

function union(a: Entry, b: Entry): Entry {
  const [x, y] = [split(a), split(b)]
  const honoured = x.honoured === '*' || y.honoured === '*' ? '*' : [...new Set([...x.honoured, ...y.honoured])]
  const noEffect = { ...x.noEffect, ...y.noEffect }
  return Object.keys(noEffect).length === 0 ? honoured : { honoured, noEffect }
}

function split(entry: Entry): { honoured: '*' | readonly string[]; noEffect: Readonly<Record<string, string>> } {
  return typeof entry === 'object' && 'honoured' in entry ? entry : { honoured: entry, noEffect: {} }
}

const compiled = new WeakMap<Honours, ReadonlyMap<string, HonouredMessage>>()

/** Honours in the form that the walk asks; a message that is not in it is not honoured at all. */
export function compileHonours(honours: Honours): ReadonlyMap<string, HonouredMessage> {
  let messages = compiled.get(honours)
  if (!messages) {
    messages = new Map(
      (Object.entries(honours) as [string, Entry][]).map(([type, entry]) => {
        const { honoured, noEffect } = split(entry)
        const fields = new Set(honoured === '*' ? [] : honoured)
        return [type, { all: honoured === '*', fields, noEffect: new Map(Object.entries(noEffect)) }]
      }),
    )
    compiled.set(honours, messages)
  }
  return messages
}
