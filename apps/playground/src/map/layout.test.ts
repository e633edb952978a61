import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layOut, NODE_HEIGHT, ROW_GAP } from './layout.ts'
import { COLUMNS, type MapModel } from './model.ts'

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

test('no two nodes overlap, every node is inside, and only there', () => {
  fc.assert(
    fc.property(models, (model) => {
      const { nodes, byId, width, height } = layOut(model, 160)
      expect(nodes).toHaveLength(model.nodes.length)
      expect(byId.size).toBe(model.nodes.length)
      const columns = Map.groupBy(nodes, ({ x }) => x)
      for (const [x, column] of columns) {
        expect(new Set(column.map(({ node }) => node.column)).size).toBe(1)
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
  const node = (id: string, column: (typeof COLUMNS)[number]) => ({
    id,
    column,
    title: '',
    detail: '',
    line: 0,
    errors: 0,
    warnings: 0,
    hidden: 0,
  })
  const hosts = ['a', 'b', 'c'].map((id) => node(id, 'host'))
  const model = { nodes: [node('l', 'listener'), ...hosts], edges: hosts.map(({ id }) => ({ from: 'l', to: id })) }
  const { byId } = layOut(model, 100)
  expect(byId.get('l')!.y).toBe(byId.get('b')!.y)
})
