import { expect, test } from 'vitest'
import { writeProgress } from './write-progress.ts'

test('a write that goes out bit by bit shows, where the socket has a handle', () => {
  const sent = (writeQueueSize: number): number => writeProgress({ writableLength: 100, _handle: { writeQueueSize } })
  expect(sent(100)).not.toBe(sent(60))
  expect(writeProgress({ writableLength: 100, _handle: null })).toBe(100)
  expect(writeProgress({ writableLength: 7 })).toBe(7)
})
