import { expect, test } from 'vitest'
import { ReadBuffer } from './read-buffer.ts'

const SMALL = 64 * 1024

test('a connection that is closed leaves its memory to the next one', () => {
  const first = new ReadBuffer()
  const memory = first.next()
  first.lend()
  first.consumed(10, false, false)
  first.release()
  first.release()
  expect(new ReadBuffer().next() === memory).toBe(true)
  expect(new ReadBuffer().next() === memory).toBe(false)
})

test('one that is closed in the middle of a long body leaves both its memories', () => {
  const first = new ReadBuffer()
  const small = first.next()
  first.consumed(SMALL, false, true)
  const large = first.next()
  expect(large.length).toBeGreaterThan(SMALL)
  first.release()
  const second = new ReadBuffer()
  expect(second.next() === small).toBe(true)
  second.consumed(SMALL, false, true)
  expect(second.next() === large).toBe(true)
})

test.each([
  ['a writer still needs', (buffer: ReadBuffer) => buffer.consumed(10, true, false)],
  ['was lent and not given back', (buffer: ReadBuffer) => buffer.lend()],
])('memory that %s goes to nobody when the connection closes', (_, then) => {
  const first = new ReadBuffer()
  const memory = first.next()
  first.lend()
  then(first)
  first.release()
  expect(new ReadBuffer().next() === memory).toBe(false)
})

test('what closed connections leave is kept within limits', () => {
  const many = Array.from({ length: 200 }, () => new ReadBuffer())
  const memories = new Set(many.map((buffer) => buffer.next()))
  for (const buffer of many) buffer.release()
  const again = Array.from({ length: 200 }, () => new ReadBuffer().next())
  expect(again.filter((memory) => memories.has(memory))).toHaveLength(64)
})
