import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { eventually, Patience } from './waiting.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('patience lasts as long as it is told to', async () => {
  const asked = eventually(1000, () => false)
  await vi.advanceTimersByTimeAsync(1100)
  expect(await asked).toBe(false)
})

test('a process that stands still for a minute loses a moment of its patience', async () => {
  const patience = new Patience(1000)
  await patience.wait((wake) => {
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
    wake()
  })
  vi.restoreAllMocks()
  expect(patience.over).toBe(false)
})

test('whoever waits is woken at once', async () => {
  const patience = new Patience(1000)
  await patience.wait((wake) => wake())
  expect(patience.over).toBe(false)
})
