import { describe, expect, test } from 'vitest'
import { Part, PartMissing, withParts } from './part.ts'

function countedPart(values: readonly (() => Promise<number>)[]): { part: Part<number>; fetches: () => number } {
  let fetches = 0
  return { part: new Part(() => values[fetches++]!()), fetches: () => fetches }
}

describe('a part', () => {
  test('is fetched once, on first use, however often it is asked for while it is on its way', async () => {
    const { part, fetches } = countedPart([async () => 7])
    expect(fetches()).toBe(0)
    expect(() => part.get()).toThrow(PartMissing)
    expect(() => part.get()).toThrow('call this through withParts')
    expect(await withParts(() => part.get())).toBe(7)
    expect(part.get()).toBe(7)
    expect(fetches()).toBe(1)
  })

  test('is there at once where a way that takes no time was provided, and is fetched by it once', () => {
    const { part, fetches } = countedPart([])
    let turns = 0
    part.provide(() => ++turns)
    expect([part.get(), part.get(), turns, fetches()]).toEqual([1, 1, 1, 0])
  })

  test('that could not be loaded says why, and is fetched anew by the next who needs it', async () => {
    const { part } = countedPart([async () => await Promise.reject(new Error('offline')), async () => 8])
    await expect(withParts(() => part.get())).rejects.toThrow('offline')
    expect(await withParts(() => part.get())).toBe(8)
  })
})

describe('computing with parts', () => {
  test('begins anew after each part that was missing', async () => {
    const first = new Part(async () => 1)
    const second = new Part(async () => 2)
    let turns = 0
    const sum = await withParts(() => {
      turns++
      return first.get() + second.get()
    })
    expect([sum, turns]).toEqual([3, 3])
  })

  test('that awaits something is waited for too', async () => {
    const part = new Part(async () => 'there')
    expect(await withParts(async () => await Promise.resolve(part.get()))).toBe('there')
  })

  test('rejects with whatever else is thrown', async () => {
    await expect(
      withParts(() => {
        throw new TypeError('no')
      }),
    ).rejects.toThrow(TypeError)
  })
})
