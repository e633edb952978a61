import { describe, expect, test } from 'vitest'
import { frame } from '../../testing/http2-frames.ts'
import { type FrameHandler, FrameReader } from './frame-reader.ts'
import { PADDED, PREFACE } from './frame-types.ts'

class Recorder implements FrameHandler {
  readonly lines: string[] = []
  #data = ''
  onFrame(type: number, flags: number, stream: number, length: number): void {
    this.lines.push(`frame ${type} ${flags} ${stream} ${length}`)
  }
  onDataBytes(bytes: Buffer, from: number, to: number, last: boolean): void {
    this.#data += bytes.toString('latin1', from, to)
    if (!last) return
    this.lines.push(`data ${this.#data}`)
    this.#data = ''
  }
  onPayload(type: number, _flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    this.lines.push(`payload ${type} ${stream} ${bytes.toString('latin1', from, to)}`)
  }
  onFramingError(error: string): void {
    this.lines.push(error)
  }
}

function read(bytes: Buffer, pieces: readonly number[], preface = true): string[] {
  const recorder = new Recorder()
  const reader = new FrameReader(recorder, preface)
  let from = 0
  for (const at of [...pieces, bytes.length]) {
    // Each piece is memory of its own that is used again, as that of a socket.
    const piece = Buffer.from(bytes.subarray(from, at))
    reader.read(piece, 0, piece.length)
    piece.fill(0x7a)
    from = at
  }
  return recorder.lines
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1')
const SETTINGS = frame(4, 0, 0)
const STREAM = Buffer.concat([
  text(PREFACE), SETTINGS, frame(6, 0, 0, text('12345678')), frame(1, 4, 1, text('block')), frame(0, 0, 1, text('some data')),
  frame(0, PADDED, 1, text('\x03abcxyz')), frame(0, PADDED, 1, text('\x02\0\0')), frame(0xee, 7, 9, text('unknown')), frame(0xef, 0, 0),
  frame(1, 0, 3, text('be')), frame(9, 0, 3), frame(9, 4, 3, text('gin')), frame(0, 1, 1), frame(3, 0, 1, text('\0\0\0\x08')),
]) // prettier-ignore
const LINES = [
  'frame 4 0 0 0', 'payload 4 0 ', 'frame 6 0 0 8', 'payload 6 0 12345678', 'frame 1 4 1 5', 'payload 1 1 block', 'frame 0 0 1 9',
  'data some data', 'frame 0 8 1 7', 'data abc', 'frame 0 8 1 3', 'data ', 'frame 238 7 9 7', 'frame 239 0 0 0', 'frame 1 0 3 2',
  'payload 1 3 be', 'frame 9 0 3 0', 'payload 9 3 ', 'frame 9 4 3 3', 'payload 9 3 gin', 'frame 0 1 1 0', 'data ', 'frame 3 0 1 4',
  'payload 3 1 \0\0\0\x08',
] // prettier-ignore

describe('a frame reader', () => {
  test('reads whole frames', () => expect(read(STREAM, [])).toEqual(LINES))

  test('reads the same whatever byte the input is split at, and byte by byte', () => {
    for (let at = 1; at < STREAM.length; at++) expect(read(STREAM, [at])).toEqual(LINES)
    expect(read(STREAM, Array.from(STREAM.keys()))).toEqual(LINES)
  })

  test.each<[string, Buffer, string]>([
    ['another preface', text('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'), 'http2.bad_preface'],
    ['a request of HTTP/1', text('GET / HTTP/1.1\r\n\r\n'), 'http2.bad_preface'],
    ['a first frame that is no SETTINGS', Buffer.concat([text(PREFACE), frame(6, 0, 0, Buffer.alloc(8))]), 'http2.bad_preface'],
    ['a frame that is too large', Buffer.concat([text(PREFACE), SETTINGS, frame(0, 0, 1, Buffer.alloc(16_385))]), 'http2.frame_too_large'],
    ['padding beyond the frame', Buffer.concat([text(PREFACE), SETTINGS, frame(0, PADDED, 1, text('\x09abc'))]), 'http2.bad_padding'],
    ['a padded frame of nothing', Buffer.concat([text(PREFACE), SETTINGS, frame(0, PADDED, 1)]), 'http2.bad_padding'],
    ['CONTINUATION out of the blue', Buffer.concat([text(PREFACE), SETTINGS, frame(9, 4, 1, text('x'))]), 'http2.unexpected_frame'],
    ['another frame inside a header block', Buffer.concat([text(PREFACE), SETTINGS, frame(1, 0, 1), frame(6, 0, 0, Buffer.alloc(8))]), 'http2.unexpected_frame'],
    ['a block that goes on for another stream', Buffer.concat([text(PREFACE), SETTINGS, frame(1, 0, 1), frame(9, 4, 3)]), 'http2.unexpected_frame'],
  ])('stops at %s, wherever it is split', (_, bytes, error) => {
    const more = Buffer.concat([bytes, frame(6, 0, 0, Buffer.alloc(8))])
    for (let at = 1; at < more.length; at += at > 200 ? 997 : 1) expect(read(more, [at]).at(-1)).toBe(error)
  }) // prettier-ignore
})
