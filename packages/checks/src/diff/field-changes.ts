import { type JsonObject, type JsonValue, type Message, type MessageName, type Position, toJson } from '@nuncio/config'
import type { ConfigView } from '../view/config-view.ts'
import { sameValue } from './equal.ts'
import { outOfOrder } from './pair.ts'

/** A field that differs. A side that lacks it is undefined. */
export interface FieldChange {
  /** As in `route.timeout`; '' for a secret that is not shown. */
  readonly path: string
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
  readonly beforePosition: Position | undefined
  readonly afterPosition: Position | undefined
}

type Step = string | number

interface Difference {
  readonly path: readonly Step[]
  readonly beforePath: readonly Step[]
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
}

/** A message on both sides; the roots are what the loaders returned of it, for places, where the message is only a part. */
export interface Sides<T extends MessageName> {
  readonly before: Message<T>
  readonly after: Message<T>
  readonly beforeRoot?: object
  readonly afterRoot?: object
}

/** The fields in which two messages of a type differ. Secrets are compared and not shown. */
export function fieldChanges<T extends MessageName>(
  type: T,
  views: readonly [ConfigView, ConfigView],
  { before: own, after: other, beforeRoot = own, afterRoot = other }: Sides<T>,
): FieldChange[] {
  if (sameValue(own, other)) return []
  const found: Difference[] = []
  compare(toJson(type, own), toJson(type, other), [], [], found)
  const changes = found.map(({ path, beforePath, before, after }): FieldChange => ({
    path: pathText(path),
    before,
    after,
    beforePosition: placeOf(views[0], beforeRoot, beforePath),
    afterPosition: placeOf(views[1], afterRoot, path),
  }))
  if (changes.length > 0) return changes
  return [
    {
      path: '',
      before: undefined,
      after: undefined,
      beforePosition: views[0].positionOf(beforeRoot),
      afterPosition: views[1].positionOf(afterRoot),
    },
  ]
}

function compare(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: readonly Step[],
  beforePath: readonly Step[],
  found: Difference[],
): void {
  if (sameValue(before, after)) return
  if (isObject(before) && isObject(after) && before['@type'] === after['@type']) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], [...path, key], [...beforePath, key], found)
    return
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length + after.length < 2000) {
    compareLists(before, after, path, beforePath, found)
    return
  }
  found.push({ path, beforePath, before, after })
}

/** Items are told apart by their names, when all have one of their own, else by their numbers. Another order is one change. */
function compareLists(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: readonly Step[],
  beforePath: readonly Step[],
  found: Difference[],
): void {
  const [x, y] = [namesOf(before), namesOf(after)]
  if (x === undefined || y === undefined) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(before[i], after[i], [...path, i], [...beforePath, i], found)
    return
  }
  for (const [name, i] of y) {
    const j = x.get(name)
    compare(j === undefined ? undefined : before[j], after[i], [...path, i], [...beforePath, j ?? i], found)
  }
  for (const [name, j] of x) if (!y.has(name)) compare(before[j], undefined, [...path, j], [...beforePath, j], found)
  const kept = [...y.keys()].flatMap((name) => x.get(name) ?? [])
  if (outOfOrder(kept).size > 0) found.push({ path, beforePath, before: [...x.keys()], after: [...y.keys()] })
}

function namesOf(list: readonly JsonValue[]): ReadonlyMap<string, number> | undefined {
  const names = new Map<string, number>()
  for (const [i, item] of list.entries()) {
    const name = isObject(item) ? item['name'] : undefined
    if (typeof name !== 'string' || names.has(name)) return undefined
    names.set(name, i)
  }
  return names
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pathText(path: readonly Step[]): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')
}

/** Where a path below an object was written; the nearest place above it when it was not. */
function placeOf(view: ConfigView, root: object, path: readonly Step[]): Position | undefined {
  let at: unknown = root
  let place = view.positionOf(root)
  for (const step of path) {
    if (typeof at !== 'object' || at === null) break
    place = view.sources.positionOf(at, step) ?? place
    at = (at as Readonly<Record<Step, unknown>>)[step]
  }
  return place
}
