import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteQueue } from './byte-queue.ts'

test('bytes come out as they went in, whatever the sizes on either side', () => {
  const step = fc.record({ put: fc.integer({ min: 0, max: 40_000 }), take: fc.integer({ min: 0, max: 40_000 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const queue = new ByteQueue()
      let next = 0
      let expected = 0
      for (const { put, take } of steps) {
        const memory = Buffer.from(Array.from({ length: put + 7 }, (_, i) => (next + i - 3) & 255))
        queue.push(memory, 3, 3 + put)
        memory.fill(0)
        next += put
        let left = Math.min(take, queue.length)
        queue.advance(0)
        while (left > 0) {
          const piece = queue.peek()
          const size = Math.min(left, piece.length)
          for (let i = 0; i < size; i++) if (piece[i] !== (expected++ & 255)) throw new Error(`at ${expected}`)
          queue.advance(size)
          left -= size
        }
        expect(queue.length).toBe(next - expected)
      }
      expect(queue.peek().length === 0).toBe(queue.length === 0)
    }),
  )
})

test('single bytes share memory', () => {
  const queue = new ByteQueue()
  const pieces = new Set<ArrayBufferLike>()
  for (let i = 0; i < 100_000; i++) queue.push(Buffer.of(i & 255), 0, 1)
  while (queue.length > 0) {
    const piece = queue.peek()
    pieces.add(piece.buffer)
    queue.advance(piece.length)
  }
  expect(pieces.size).toBeLessThan(20)
})
