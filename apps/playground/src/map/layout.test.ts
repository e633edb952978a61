import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inColumns, ROW_GAP } from './columns.ts'
import { layOut } from './layout.ts'
import { COLUMNS, type MapModel, type MapNode } from './model.ts'
import { asOutline } from './outline.ts'
import { NODE_HEIGHT } from './placed.ts'

const node = (id: string, column: (typeof COLUMNS)[number], detail = ''): MapNode => ({
  id,
  column,
  title: '',
  detail,
  line: 0,
  errors: 0,
  warnings: 0,
  hidden: 0,
})

const models = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 6, maxLength: 6 }),
    fc.array(fc.tuple(fc.nat(400), fc.nat(400)), { maxLength: 400 }),
  )
  .map(([sizes, pairs]): MapModel => {
    const nodes = sizes.flatMap((size, column) =>
      Array.from({ length: size }, (_, i) => ({
        id: `${column}.${i}`, column: COLUMNS[column]!, title: '', detail: '', line: 0, errors: 0, warnings: 0, hidden: 0,
      })),
    ) // prettier-ignore
    const id = (n: number): string => nodes[n % Math.max(1, nodes.length)]?.id ?? ''
    return { nodes, edges: nodes.length === 0 ? [] : pairs.map(([from, to]) => ({ from: id(from), to: id(to) })) }
  })

test('in columns no two nodes overlap, every node is inside, and only there', () => {
  fc.assert(
    fc.property(models, (model) => {
      const { nodes, byId, width, height } = inColumns(model, 160)
      expect(nodes).toHaveLength(model.nodes.length)
      expect(byId.size).toBe(model.nodes.length)
      const columns = Map.groupBy(nodes, ({ x }) => x)
      for (const [x, column] of columns) {
        expect(new Set(column.map((each) => each.node.column)).size).toBe(1)
        expect(x + 160).toBeLessThanOrEqual(width)
        const tops = column.map(({ y }) => y).toSorted((a, b) => a - b)
        expect(tops[0]).toBeGreaterThanOrEqual(0)
        expect(tops.at(-1)! + NODE_HEIGHT).toBeLessThanOrEqual(height)
        for (const [i, top] of tops.slice(1).entries())
          expect(top - tops[i]!).toBeGreaterThanOrEqual(NODE_HEIGHT + ROW_GAP - 1e-6)
      }
    }),
  )
})

test('a listener stands in the middle of what it leads to', () => {
  const hosts = ['a', 'b', 'c'].map((id) => node(id, 'host'))
  const model = { nodes: [node('l', 'listener'), ...hosts], edges: hosts.map(({ id }) => ({ from: 'l', to: id })) }
  const { byId } = inColumns(model, 100)
  expect(byId.get('l')!.y).toBe(byId.get('b')!.y)
})

test('as an outline every node has a place of its own, inside the room, in order below one another', () => {
  fc.assert(
    fc.property(models, (model) => {
      const { nodes, byId, heads, width, height } = asOutline(model, 336)
      expect(byId.size).toBe(model.nodes.length)
      expect(width).toBe(336)
      const boxes = [...nodes, ...heads.map((head) => ({ ...head, height: 20 }))].toSorted((a, b) => a.y - b.y)
      for (const [i, { x, y, width: wide, height: high }] of boxes.entries()) {
        expect(x + wide).toBeLessThanOrEqual(width)
        expect(wide).toBeGreaterThan(200)
        expect(y + high).toBeLessThanOrEqual(boxes[i + 1]?.y ?? height)
      }
    }),
  )
})

test('an outline has all that a listener leads to below it, a step to the right, and clusters apart', () => {
  const model: MapModel = {
    nodes: [
      node('l', 'listener'),
      node('f', 'chain'),
      node('v', 'host'),
      node('r', 'route', '→ c'),
      node('v2', 'host'),
      node('c', 'cluster'),
      node('e', 'endpoint'),
    ],
    edges: [
      { from: 'l', to: 'f' },
      { from: 'f', to: 'v' },
      { from: 'v', to: 'r' },
      { from: 'r', to: 'c' },
      { from: 'c', to: 'e' },
    ],
  }
  const { nodes, heads } = asOutline(model, 336)
  expect(nodes.map(({ node: { id }, x }) => `${' '.repeat(x / 18)}${id}`)).toEqual([
    'l',
    ' f',
    '  v',
    '   r',
    'v2',
    'c',
    ' e',
  ])
  expect(heads.map(({ text }) => text)).toEqual(['Listeners', 'Virtual hosts', 'Clusters'])
})

test('columns are for windows that have room for them', () => {
  const model = { nodes: COLUMNS.map((column) => node(column, column)), edges: [] }
  expect(layOut(model, 822).heads.map(({ y }) => y)).toEqual([0, 0, 0, 0, 0, 0])
  expect(layOut(model, 821).heads.length).toBe(6)
  expect(new Set(layOut(model, 821).heads.map(({ y }) => y)).size).toBe(6)
})
