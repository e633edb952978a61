import type { FieldType, Honours, Schema } from '@nuncio/config'
import type { RandomGenerator } from '@nuncio/core'
import type { Tree } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import { below, pick } from './chance.ts'
import { fresh, type Harvest } from './harvest.ts'
import { type FieldPlace, type MessagePlace, type Places, withKey, withValue } from './places.ts'
import { shapes, valuesFor } from './values.ts'

/** A tree with one change. */
export interface Mutant {
  readonly tree: Tree
  /** `Cluster.connect_timeout: left out` */
  readonly what: string
}

export interface World {
  readonly schema: Schema
  readonly honours: Honours
  readonly harvest: Harvest
  readonly random: RandomGenerator
}

/** Changes a tree in one place; undefined where that place offers nothing. */
export function mutant(world: World, tree: Tree, places: Places): Mutant | undefined {
  const { random } = world
  if (below(random, 10) < 6) {
    const place = pick(random, places.fields)
    const change = pick(random, FIELD_CHANGES)
    const made = change(world, tree, place)
    return made && { tree: made.tree, what: `${shortName(place.type.name)}.${place.field.field}: ${made.what}` }
  }
  const place = pick(random, places.messages)
  const made = pick(random, MESSAGE_CHANGES)(world, tree, place)
  return made && { tree: made.tree, what: `${shortName(place.type.name)}${made.what}` }
}

const shortName = (name: string): string => name.replace(/^.*?\.(?=[A-Z])/, '')
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60)

type FieldChange = (world: World, tree: Tree, place: FieldPlace) => Mutant | undefined

const leftOut: FieldChange = (_, tree, { path }) => ({ tree: withValue(tree, path, undefined), what: 'left out' })

/** Another value: of the whole field, or of one item. */
const otherValue: FieldChange = ({ schema, random }, tree, { path, field, value }) => {
  const values = valuesFor(schema, field)
  if (values.length === 0) return undefined
  const other = pick(random, values)
  const at = inside(random, field, value)
  return { tree: withValue(tree, [...path, ...at], other), what: `${at.length > 0 ? 'item ' : ''}${shown(other)}` }
}

/** Where one value of a field stands below it. */
function inside(random: RandomGenerator, { mapKey, list }: FieldType, value: unknown): readonly (string | number)[] {
  if (list && Array.isArray(value) && value.length > 0) return [below(random, value.length)]
  const keys = mapKey !== undefined && isTree(value) ? Object.keys(value) : []
  return keys.length > 0 ? [pick(random, keys)] : []
}

const otherShape: FieldChange = ({ random }, tree, { path, field, value }) => {
  const other = pick(random, shapes)
  const at = below(random, 2) === 0 ? inside(random, field, value) : []
  return { tree: withValue(tree, [...path, ...at], other), what: `${at.length > 0 ? 'item ' : ''}is ${shown(other)}` }
}

const otherList: FieldChange = ({ random }, tree, { path, value }) => {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const at = below(random, value.length)
  const [what, list] = pick<readonly [string, unknown]>(random, [
    ['emptied', []],
    ['an item less', value.toSpliced(at, 1)],
    ['an item twice', value.toSpliced(at, 0, value[at])],
    ['an item null', value.with(at, null)],
    ['turned round', value.toReversed()],
    ['one item alone', value[at]],
    ['in a list', [value]],
  ])
  return { tree: withValue(tree, path, list), what }
}

const otherKey: FieldChange = ({ random }, tree, { path }) => {
  const key = String(path.at(-1))
  const [what, other] = pick(random, [
    ['in camelCase', key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())],
    ['misspelt', `${key.slice(0, 2)}${key.slice(3)}`],
    ['in capitals', key.toUpperCase()],
    ['with hyphens', key.replaceAll('_', '-')],
    ['in the plural', `${key}s`],
  ] as const)
  return other === key ? undefined : { tree: withKey(tree, path, other), what }
}

/** What another configuration has in this field. */
const transplant: FieldChange = ({ harvest, random }, tree, { path, type, field }) => {
  const values = harvest.of(type.name, field.field)
  return { tree: withValue(tree, path, pick(random, values)), what: 'of another' }
}

const FIELD_CHANGES: readonly FieldChange[] = [
  leftOut, otherValue, otherValue, otherValue, otherValue, otherValue, otherShape, otherList, otherList, otherKey, transplant,
] // prettier-ignore

type MessageChange = (world: World, tree: Tree, place: MessagePlace) => Mutant | undefined

/** A field that it does not have yet and that nuncio honours. */
const another: MessageChange = (world, tree, { path, type, value }) => {
  const absent = Object.keys(type.spec.f).filter(
    (name) => !(name in value) && isHonoured(world.honours, type.name, name),
  )
  if (absent.length === 0) return undefined
  const name = pick(world.random, absent)
  const field = type.fields.get(name)!
  const made = fresh(world, type.name, field)
  const others = field.oneof?.fields.filter((each) => each in value) ?? []
  const exchanged = others.length > 0 && below(world.random, 3) > 0
  const cleared = exchanged ? others.reduce((some, each) => withValue(some, [...path, each], undefined), tree) : tree
  const what = `.${name}: ${exchanged ? 'instead of another' : 'added'}, ${shown(made)}`
  return { tree: withValue(cleared, [...path, name], made), what }
}

function isHonoured(honours: Honours, type: string, field: string): boolean {
  const entry = (honours as Record<string, unknown>)[type]
  if (entry === '*') return true
  const fields = Array.isArray(entry) ? entry : (entry as { honoured?: unknown } | undefined)?.honoured
  return fields === '*' || (Array.isArray(fields) && fields.includes(field))
}

const unknownField: MessageChange = (_, tree, { path }) => ({
  tree: withValue(tree, [...path, 'colour'], 'red'),
  what: ': a field that nobody knows',
})

const emptied: MessageChange = (_, tree, { path, value, typed }) => {
  if (path.length === 0) return undefined
  const kept = typed ? { '@type': value['@type'] } : {}
  return { tree: withValue(tree, path, kept), what: ': emptied' }
}

const otherType: MessageChange = ({ harvest, random }, tree, { path, value, typed }) => {
  if (!typed) return undefined
  const url = String(value['@type'])
  const name = url.replace(/.*\//, '')
  const [what, other] = pick<readonly [string, unknown]>(random, [
    ['without an address', name],
    ['at another address', `example.com/${name}`],
    ['with a slash alone', `/${name}`],
    ['that nobody knows', `${url}X`],
    ['of v2', url.replace('.v3.', '.v2.')],
    ['null', null],
    ['left out', undefined],
    ['empty', ''],
    ['a number', 5],
    ['the address alone', 'type.googleapis.com/'],
    ['of another extension', `type.googleapis.com/${pick(random, harvest.types)}`],
  ])
  return { tree: withValue(tree, [...path, '@type'], other), what: `: @type ${what}` }
}

const MESSAGE_CHANGES: readonly MessageChange[] = [another, another, another, another, another, unknownField, emptied, otherType] // prettier-ignore
