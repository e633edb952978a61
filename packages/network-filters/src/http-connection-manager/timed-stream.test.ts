import { Counter, type ResponseEncoder } from '@nuncio/core'
import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { HttpFilterChain } from '@nuncio/filter-chain'
import { expect, test } from 'vitest'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import type { StreamOwner } from './stream-owner.ts'
import { NEVER, type StreamTimeout, TimedStream } from './timed-stream.ts'

interface Timeouts {
  streamIdleTimeoutMs: number
  requestTimeoutMs: number
  maxStreamDurationMs: number
  logIntervalMs: number
}

/** A stream that writes down what became due; its connection wakes it whenever it has asked for. */
class Told extends TimedStream {
  readonly lines: string[] = []
  due = NEVER
  began(): this {
    this.arm()
    return this
  }
  moved(): void {
    this.touch()
  }
  complete(): void {
    this.received()
  }
  protected override dueAt(): number {
    return this.due
  }
  protected override onDue(nowMs: number): void {
    if (nowMs < this.due) return
    this.due = NEVER
    this.lines.push('due')
  }
  protected override timedOut({ details }: StreamTimeout): void {
    this.lines.push(details)
    this.done = true
  }
  protected override logPeriod(): void {
    this.lines.push('log')
  }
  protected override selectRoute(): undefined {}
  protected override finalizeResponse(): void {}
  protected override filterError(): void {}
  protected override streamDone(): void {}
  protected override makeAbort(): never {
    throw new Error('nobody asked for a signal')
  }
}

function stream(given: Partial<Timeouts>): { stream: Told; after: (ms: number) => string[] } {
  const time = new FakeTime()
  const stats = { rqMaxDuration: new Counter('c'), rqTimeout: new Counter('c'), rqIdleTimeout: new Counter('c') }
  const info: Timeouts = { streamIdleTimeoutMs: 0, requestTimeoutMs: 0, maxStreamDurationMs: 0, logIntervalMs: NEVER, ...given } // prettier-ignore
  const overload = { streamIdle: { now: (ms: number) => ms } }
  const chain = new HttpFilterChain([])
  const manager = { time, chain, random: new ScriptedRandom([1]), accessLogs: [{}], info, overload, stats }
  const connection = {
    info: {},
    bufferLimit: 1000,
    wakeAt: (atMs: number) => void time.setTimer(atMs - time.monotonicMs(), () => own.done || own.onWake(time.monotonicMs())), // prettier-ignore
  }
  const own = new Told(manager as unknown as HttpConnectionManager, connection as unknown as StreamOwner, {} as ResponseEncoder, time.monotonicMs()) // prettier-ignore
  return {
    stream: own.began(),
    after: (ms) => {
      time.advance(ms)
      return own.lines
    },
  }
}

test('a stream is over when nothing has come or gone for too long, counted from what came last', () => {
  const { stream: own, after } = stream({ streamIdleTimeoutMs: 100 })
  after(60)
  own.moved()
  expect(after(99)).toEqual([])
  expect(after(1)).toEqual(['stream_idle_timeout'])
})

test('a request has to be complete in time, and then its time is of no account', () => {
  expect(stream({ requestTimeoutMs: 50 }).after(50)).toEqual(['request_overall_timeout'])
  const { stream: own, after } = stream({ requestTimeoutMs: 50, maxStreamDurationMs: 80 })
  own.complete()
  expect(after(79)).toEqual([])
  expect(after(1)).toEqual(['max_duration_timeout'])
})

test('a line is due again and again, and what is due to its owner once', () => {
  const { stream: own, after } = stream({ logIntervalMs: 10 })
  own.due = 1_000_003 + 15
  own.armTimeouts()
  expect(after(30)).toEqual(['log', 'due', 'log', 'log'])
})
