import type { Honours } from '../message.ts'

/** What is honoured of one message. */
export interface HonouredMessage {
  readonly all: boolean
  readonly fields: ReadonlySet<string>
  /** Fields that are accepted though they change nothing, each with the reason. */
  readonly noEffect: ReadonlyMap<string, string>
  /** Why fields are refused, where there is more to say than that they are. */
  readonly unsupported: ReadonlyMap<string, string>
}

/** Honours in the form that the walk asks. */
export interface CompiledHonours {
  /** By type; a message that is not in it is not honoured at all. */
  readonly messages: ReadonlyMap<string, HonouredMessage>
  /** By the type of the message around, and its field: what holds there in place of what the type has. */
  readonly places: ReadonlyMap<string, ReadonlyMap<string, HonouredMessage>>
}

type Entry = '*' | readonly string[] | Partial<Split>

interface Split {
  readonly honoured: '*' | readonly string[]
  readonly noEffect: Readonly<Record<string, string>>
  readonly unsupported: Readonly<Record<string, string>>
}

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
  const unsupported = { ...x.unsupported, ...y.unsupported }
  if (Object.keys(unsupported).length > 0) return { honoured, noEffect, unsupported }
  return Object.keys(noEffect).length === 0 ? honoured : { honoured, noEffect }
}

function split(entry: Entry): Split {
  if (entry === '*' || Array.isArray(entry)) return { honoured: entry, noEffect: {}, unsupported: {} }
  return { honoured: [], noEffect: {}, unsupported: {}, ...(entry as Partial<Split>) }
}

const compiled = new WeakMap<Honours, CompiledHonours>()

export function compileHonours(honours: Honours): CompiledHonours {
  let made = compiled.get(honours)
  if (!made) compiled.set(honours, (made = compile(Object.entries(honours) as [string, Entry][])))
  return made
}

function compile(entries: readonly [string, Entry][]): CompiledHonours {
  const messages = new Map<string, HonouredMessage>()
  const places = new Map<string, Map<string, HonouredMessage>>()
  for (const [name, entry] of entries) {
    const [type, field] = name.split('#') as [string, string | undefined]
    if (field === undefined) messages.set(type, compileEntry(entry))
    else {
      const fields = places.get(type) ?? new Map<string, HonouredMessage>()
      places.set(type, fields.set(field, compileEntry(entry)))
    }
  }
  return { messages, places }
}

function compileEntry(entry: Entry): HonouredMessage {
  const { honoured, noEffect, unsupported } = split(entry)
  return {
    all: honoured === '*',
    fields: new Set(honoured === '*' ? [] : honoured),
    noEffect: new Map(Object.entries(noEffect)),
    unsupported: new Map(Object.entries(unsupported)),
  }
}
