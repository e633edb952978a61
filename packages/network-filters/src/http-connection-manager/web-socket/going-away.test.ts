import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameScanner } from './frame-scanner.ts'
import { WebSocketPassage } from './going-away.ts'

/** A frame of a length; from a client it is masked. */
function frame(opcode: number, length: number, masked: boolean): Uint8Array {
  const long = length > 65_535 ? 8 : length > 125 ? 2 : 0
  const head = [0x80 | opcode, (masked ? 0x80 : 0) | (long === 8 ? 127 : long === 2 ? 126 : length)]
  for (let i = long - 1; i >= 0; i--) head.push(Math.floor(length / 256 ** i) % 256)
  if (masked) head.push(1, 2, 3, 4)
  return Uint8Array.from([...head, ...Array.from({ length }, (_, i) => i % 251)])
}

const frames = fc.array(
  fc.record({ opcode: fc.constantFrom(0, 1, 2, 9, 10), length: fc.constantFrom(0, 1, 125, 126, 300, 65_536) }),
  { minLength: 1, maxLength: 6 },
)

/** Cuts bytes at any places. */
const cut = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

describe('the scanner of frames', () => {
  test('finds every boundary, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.boolean(), fc.array(fc.nat(), { maxLength: 12 }), (list, masked, places) => {
        const parts = list.map(({ opcode, length }) => frame(opcode, length, masked))
        const scanner = new FrameScanner()
        for (const [i, part] of parts.entries()) {
          for (const piece of cut(part, places)) scanner.scan(piece)
          expect([i, scanner.atBoundary]).toEqual([i, true])
          expect(scanner.sawClose).toBe(false)
        }
        scanner.scan(frame(8, 2, masked).subarray(0, 2 + (masked ? 4 : 0)))
        expect([scanner.sawClose, scanner.atBoundary]).toEqual([true, false])
      }),
      { numRuns: 60 },
    )
  })
})

/** What came out on both sides. */
class Ends {
  readonly up: number[] = []
  readonly down: number[] = []
  readonly ended: string[] = []
  readonly passage = new WebSocketPassage({
    toUpstream: (chunk, end) => this.#took('up', chunk, end),
    toClient: (chunk, end) => this.#took('down', chunk, end),
  })

  #took(side: 'up' | 'down', chunk: Uint8Array, end: boolean): void {
    this[side].push(...chunk)
    if (end) this.ended.push(side)
  }
}

const TO_CLIENT = [0x88, 2, 0x03, 0xe9]
const TO_UPSTREAM = [0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe9 ^ 2]
const MASK = 0x01020304

describe('a WebSocket whose proxy goes away', () => {
  test('gets a close frame with 1001 on both sides, masked towards the server, and ends when both have answered', () => {
    const ends = new Ends()
    ends.passage.fromClient(frame(1, 3, true), false)
    ends.passage.goAway(MASK)
    expect(ends.down).toEqual(TO_CLIENT)
    expect(ends.up.slice(9)).toEqual(TO_UPSTREAM)
    ends.passage.fromClient(frame(8, 2, true), false)
    expect(ends.ended).toEqual([])
    ends.passage.fromUpstream(frame(1, 5, false), false)
    ends.passage.fromUpstream(frame(8, 2, false), false)
    expect(ends.ended).toEqual(['up', 'down'])
    expect(ends.down).toEqual(TO_CLIENT)
  })

  test('gets it behind the frame that is under way, and nothing after it', () => {
    fc.assert(
      fc.property(fc.nat(320), fc.array(fc.nat(), { maxLength: 6 }), (first, places) => {
        const ends = new Ends()
        const [one, two] = [frame(2, 300, false), frame(2, 7, false)]
        const begun = 1 + (first % (one.length - 1))
        ends.passage.fromUpstream(one.subarray(0, begun), false)
        ends.passage.goAway(MASK)
        expect(ends.up).toEqual(TO_UPSTREAM)
        for (const piece of cut(Uint8Array.from([...one.subarray(begun), ...two]), places))
          ends.passage.fromUpstream(piece, false)
        expect(ends.down).toEqual([...one, ...TO_CLIENT])
      }),
      { numRuns: 60 },
    )
  })

  test('is not told twice when a side has closed already', () => {
    const ends = new Ends()
    ends.passage.fromClient(frame(8, 2, true), false)
    ends.passage.goAway(MASK)
    expect(ends.up).toEqual([...frame(8, 2, true)])
    expect(ends.down).toEqual(TO_CLIENT)
    ends.passage.fromUpstream(new Uint8Array(0), true)
    expect(ends.ended).toEqual(['up', 'down'])
  })

  test('ends when its time is over, whether or not anybody answered', () => {
    const ends = new Ends()
    ends.passage.goAway(MASK)
    ends.passage.end()
    ends.passage.end()
    expect(ends.ended).toEqual(['up', 'down'])
  })
})
