import { type FieldType, type MessageType, type Schema } from '@nuncio/config'
import type { Tree } from '../model/document.ts'
import { isTree } from '../model/trees.ts'

export type Path = readonly (string | number)[]

/** A field that a configuration writes. */
export interface FieldPlace {
  readonly path: Path
  readonly type: MessageType
  readonly field: FieldType
  readonly value: unknown
}

/** A message that a configuration writes. */
export interface MessagePlace {
  readonly path: Path
  readonly type: MessageType
  readonly value: Tree
  /** It stands in an `Any`. */
  readonly typed: boolean
}

export interface Places {
  readonly fields: readonly FieldPlace[]
  readonly messages: readonly MessagePlace[]
}

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'

/** Every field and message of a bootstrap. */
export function placesOf(schema: Schema, tree: Tree): Places {
  const fields: FieldPlace[] = []
  const messages: MessagePlace[] = []

  function message(name: string, value: unknown, path: Path, typed = false): void {
    const type = schema.message(name)
    if (type === undefined || type.spec.x || !isTree(value)) return
    messages.push({ path, type, value, typed })
    for (const [key, each] of Object.entries(value)) {
      const field = type.fields.get(key)
      if (field === undefined) continue
      fields.push({ path: [...path, key], type, field, value: each })
      whole(field, each, [...path, key])
    }
  }

  function whole(field: FieldType, value: unknown, path: Path): void {
    if (field.mapKey !== undefined && isTree(value))
      for (const [key, each] of Object.entries(value)) one(field, each, [...path, key])
    else if (Array.isArray(value)) value.forEach((each, i) => one(field, each, [...path, i]))
    else one(field, value, path)
  }

  function one(field: FieldType, value: unknown, path: Path): void {
    if (field.kind === 'message') message(field.name, value, path)
    if (field.kind === 'any' && isTree(value)) message(String(value['@type']).replace(/.*\//, ''), value, path, true)
  }

  message(BOOTSTRAP, tree, [])
  return { fields, messages }
}

/** A tree with another value at a path; `undefined` takes it away. */
export function withValue<T>(tree: T, [step, ...rest]: Path, value: unknown): T {
  if (step === undefined) return value as T
  if (Array.isArray(tree)) {
    const at = Number(step)
    if (rest.length === 0 && value === undefined) return tree.toSpliced(at, 1) as T
    return tree.with(at, withValue(tree[at], rest, value)) as T
  }
  const { [step]: old, ...others } = tree as Record<string, unknown>
  if (rest.length === 0 && value === undefined) return others as T
  return { ...(tree as object), [step]: withValue(old, rest, value) } as T
}

/** A tree with a key written otherwise, in the same place. */
export function withKey<T>(tree: T, path: Path, key: string): T {
  const [last, around] = [path.at(-1), path.slice(0, -1)]
  const rename = (map: Tree): Tree =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name === last ? key : name, value]))
  return withValue(tree, around, rename(valueAt(tree, around) as Tree))
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)?.[step], tree)
}
