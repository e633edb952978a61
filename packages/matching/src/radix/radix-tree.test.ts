import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RadixTree } from './radix-tree.ts'

const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 6 })
const wideKey = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split('')),
  minLength: 1,
  maxLength: 3,
})

function naive(keys: readonly string[], fits: (key: string) => boolean): string | undefined {
  return keys.filter(fits).toSorted((a, b) => b.length - a.length)[0]
}

describe('the longest key', () => {
  test.each([
    ['few children', key],
    ['many children', wideKey],
  ])('that a text begins with is found as by looking at all: %s', (_, keys) => {
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 40 }), keys, fc.nat(6), (list, text, cut) => {
        const tree = new RadixTree<string>()
        for (const one of list) tree.set(one, one)
        const length = Math.min(cut, text.length)
        expect(tree.longest(text, length)).toBe(naive(list, (one) => text.slice(0, length).startsWith(one)))
        expect(tree.all(text)).toEqual(
          [...new Set(list)].filter((one) => text.startsWith(one)).toSorted((a, b) => a.length - b.length),
        )
        expect(tree.size).toBe(new Set(list).size)
      }),
      { seed: 5, numRuns: 500 },
    )
  })

  test('that a text ends with is found in a reversed tree', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 20 }), key, (list, text) => {
        const tree = new RadixTree<string>({ reverse: true })
        for (const one of list) tree.set(one, one)
        expect(tree.longest(text)).toBe(naive(list, (one) => text.endsWith(one)))
      }),
      { seed: 5, numRuns: 500 },
    )
  })

  test('may be bounded in length', () => {
    const tree = new RadixTree<number>({ reverse: true })
    tree.set('.one.test', 1)
    tree.set('.test', 2)
    expect(tree.longest('.one.test', 9, 8)).toBe(2)
    expect(tree.longest('a.one.test', 10, 9)).toBe(1)
  })

  test('ignores the case of the text when folding', () => {
    const tree = new RadixTree<number>({ fold: true })
    tree.set('/api', 1)
    expect(tree.longest('/API/x')).toBe(1)
  })
})

test('the first value of a key stays', () => {
  const tree = new RadixTree<number>()
  expect(tree.set('a', 1)).toBe(true)
  expect(tree.set('a', 2)).toBe(false)
  expect(tree.longest('a')).toBe(1)
})
