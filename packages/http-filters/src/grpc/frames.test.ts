import { describe, expect, test } from 'vitest'
import { concat, frame, FrameReader, MessageCounter } from './frames.ts'

const one = frame(0, Uint8Array.of(1, 2, 3))
const none = frame(1, new Uint8Array(0))
const long = frame(0, new Uint8Array(300))
const all = concat(concat(one, none), long)

describe.each([1, 2, 5, 7, 1000])('in pieces of %i bytes', (size) => {
  const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.subarray(i * size, (i + 1) * size))

  test('messages are counted', () => {
    const counter = new MessageCounter()
    for (const piece of pieces) counter.read(piece)
    expect(counter.count).toBe(3)
  })
  test('messages are put together', () => {
    const reader = new FrameReader()
    expect(pieces.flatMap((piece) => reader.read(piece)).map((bytes) => [...bytes])).toEqual([
      [...one],
      [...none],
      [...long],
    ])
  })
})

test('a message is counted with its head, whether its body comes or not', () => {
  const counter = new MessageCounter()
  counter.read(long.subarray(0, 4))
  expect(counter.count).toBe(0)
  counter.read(long.subarray(4, 6))
  expect(counter.count).toBe(1)
})

test('a head has its length in network order', () => {
  expect([...frame(128, new Uint8Array(258)).subarray(0, 5)]).toEqual([128, 0, 0, 1, 2])
})
