import { expect, test } from 'vitest'
import { framesIn, looksLikeFrames } from './http2-frames.ts'

const SETTINGS = '\x00\x00\x00\x04\x00\x00\x00\x00\x00'
const WINDOW = '\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x10\x00'
const HEADERS = '\x00\x00\x01\x01\x05\x00\x00\x00\x01\x88'
const RESET = '\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08'
const GOAWAY = '\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01'

test('frames are told with their streams, ends and codes, and windows are left out', () => {
  expect(framesIn(SETTINGS + WINDOW + HEADERS + RESET + GOAWAY)).toEqual([
    'SETTINGS',
    'HEADERS 1 END_STREAM',
    'RST_STREAM 1 code 8',
    'GOAWAY code 1',
  ])
})

test('a body is one whatever frames it comes in, and so is each of two', () => {
  const data = (stream: string, flags: string): string => `\x00\x00\x01\x00${flags}\x00\x00\x00${stream}x`
  const [more, end] = ['\x00', '\x01']
  const bytes = SETTINGS + data('\x01', more) + data('\x01', end) + data('\x03', more) + data('\x01', more)
  expect(framesIn(bytes)).toEqual(['SETTINGS', 'DATA 1 of 2 END_STREAM', 'DATA 3 of 1', 'DATA 1 of 1'])
})

test('a frame that breaks off is told as far as it is known', () => {
  expect(framesIn(SETTINGS + GOAWAY.slice(0, 12))).toEqual(['SETTINGS', 'GOAWAY'])
})

test('HTTP/1 does not look like frames', () => {
  expect(looksLikeFrames('HTTP/1.1 200 OK\r\n\r\n')).toBe(false)
  expect(looksLikeFrames(SETTINGS)).toBe(true)
})
