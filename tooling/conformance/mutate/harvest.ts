import type { FieldType, Schema } from '@nuncio/config'
import type { RandomGenerator } from '@nuncio/core'
import type { Tree } from '../model/document.ts'
import { below, pick } from './chance.ts'
import { placesOf } from './places.ts'
import { valuesFor } from './values.ts'

/** What all configurations write, by field: so that what one says may be tried in another. */
export class Harvest {
  readonly #values = new Map<string, unknown[]>()
  readonly #types = new Set<string>()

  constructor(schema: Schema, trees: readonly Tree[]) {
    for (const tree of trees) {
      const { fields, messages } = placesOf(schema, tree)
      for (const { type, field, value } of fields) {
        const key = `${type.name}.${field.field}`
        const values = this.#values.get(key) ?? []
        values.push(value)
        this.#values.set(key, values)
      }
      for (const { type, typed } of messages) if (typed) this.#types.add(type.name)
    }
  }

  of(type: string, field: string): readonly unknown[] {
    return this.#values.get(`${type}.${field}`) ?? []
  }

  /** Of the extensions that are written anywhere. */
  get types(): readonly string[] {
    return [...this.#types]
  }
}

interface Source {
  readonly schema: Schema
  readonly harvest: Harvest
  readonly random: RandomGenerator
}

const DEPTH = 4

/** A value for a field: one that is written somewhere, or one that is made up. */
export function fresh(source: Source, type: string, field: FieldType, depth = 0): unknown {
  const { harvest, random } = source
  const known = harvest.of(type, field.field)
  if (known.length > 0 && below(random, 3) > 0) return pick(random, known)
  const one = (): unknown => freshOne(source, field, depth)
  if (field.mapKey !== undefined) return { k: one() }
  if (field.list) return Array.from({ length: 1 + below(random, 2) }, one)
  return one()
}

function freshOne({ schema, harvest, random }: Source, field: FieldType, depth: number): unknown {
  if (field.kind === 'any') return { '@type': `type.googleapis.com/${pick(random, harvest.types)}` }
  if (field.kind === 'bool') return below(random, 2) === 0
  if (field.kind === 'struct') return { k: 'v' }
  if (field.kind === 'value') return 'v'
  if (field.kind === 'field-mask') return 'x'
  if (field.kind !== 'message') return plain(schema, field, random)
  const type = schema.message(field.name)
  if (type === undefined || type.spec.x || depth >= DEPTH) return {}
  const chosen = Object.keys(type.spec.f).filter(
    (name) => type.fields.get(name)!.missing !== undefined || below(random, 2 + Object.keys(type.spec.f).length) === 0,
  )
  const members = type.oneofs.flatMap(({ required, fields }) =>
    required || below(random, 3) === 0 ? [pick(random, fields)] : [],
  )
  const source = { schema, harvest, random }
  const names = [...new Set([...chosen, ...members])]
  return Object.fromEntries(names.map((name) => [name, fresh(source, type.name, type.fields.get(name)!, depth + 1)]))
}

const ORDINARY: Readonly<Record<string, readonly unknown[]>> = {
  string: ['a', 'x-a', '/', '/x', 'a.test', '127.0.0.1', '%PROTOCOL%'],
  int: [1, 2, 10, 100, 1000],
  float: [0.5, 1, 1.5, 50],
  duration: ['1s', '0.5s', '60s'],
  bytes: ['YQ=='],
  timestamp: ['2030-01-31T23:59:59Z'],
}

/** Ordinary more often than not. */
function plain(schema: Schema, field: FieldType, random: RandomGenerator): unknown {
  if (field.kind === 'enum' && below(random, 4) > 0)
    return pick(random, Object.keys(schema.enum(field.name)?.values ?? { X: 0 }))
  const ordinary = ORDINARY[field.kind]
  if (ordinary !== undefined && below(random, 3) > 0) return pick(random, ordinary)
  const values = valuesFor(schema, field)
  return values.length > 0 ? pick(random, values) : {}
}
