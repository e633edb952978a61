import { expect, test } from 'vitest'
import { SocketReader } from './socket-reader.ts'

type Verdict = 'done' | 'kept' | 'pause'

/** A reader that is told what became of each read, and the memory that its socket reads into at that time. */
class Reading {
  readonly reader = new SocketReader()
  #verdict: Verdict = 'done'
  memory: Uint8Array

  constructor() {
    this.reader.start(() => this.#verdict)
    this.memory = this.#next()!
  }

  #next(): Uint8Array | undefined {
    return (this.reader.onread.buffer as () => Uint8Array | undefined)()
  }

  read(bytes: number, verdict: Verdict): void {
    this.#verdict = verdict
    this.reader.onread.callback(bytes, this.memory)
    this.memory = this.#next() ?? this.memory
  }
}

/** One that reads in large pieces. */
function inBulk(): Reading {
  const reading = new Reading()
  reading.read(reading.memory.length, 'done')
  return reading
}

test('nobody reads over bytes that a slow sink has not taken, however short the last read was', () => {
  const slow = inBulk()
  const waiting = slow.memory
  slow.read(1000, 'pause')
  expect(slow.memory === waiting).toBe(true)
  expect(inBulk().memory === waiting).toBe(false)
})

test('memory whose bytes a slow sink has not taken is not passed on when the connection closes', () => {
  const slow = new Reading()
  const waiting = slow.memory
  slow.read(1000, 'pause')
  slow.reader.release()
  expect(new Reading().memory === waiting).toBe(false)
})

test('memory whose bytes were taken is passed on when the connection closes', () => {
  const quick = new Reading()
  const { memory } = quick
  quick.read(1000, 'pause')
  quick.read(1000, 'done')
  quick.reader.release()
  expect(new Reading().memory === memory).toBe(true)
})
