import { expect, test } from 'vitest'
import { RawBytes, SummedBytes } from './bytes-meter.ts'

test('tries add up, and go on counting', () => {
  const first = new RawBytes()
  const second = new RawBytes()
  const both = new SummedBytes(first, second)
  first.wireBytesSent = 10
  second.wireBytesSent = 5
  second.wireBytesReceived = 7
  expect([both.wireBytesSent, both.wireBytesReceived, both.headerBytesSent]).toEqual([15, 7, 0])
})
