import { describe, expect, it } from 'vitest'
import { FakeTime } from '../testing/index.ts'
import { Deadline, TimerWheel } from './timer-wheel.ts'

class Probe extends Deadline {
  readonly fired: number[] = []
  onFired: (() => void) | undefined = undefined
  onDeadline(now: number): void {
    this.fired.push(now)
    this.onFired?.()
  }
}

describe('TimerWheel', () => {
  it('fires within one tick after the deadline and never before', () => {
    const time = new FakeTime()
    const wheel = new TimerWheel(time, 10)
    const probes = Array.from({ length: 400 }, (_, i) => {
      const probe = new Probe()
      wheel.arm(probe, time.monotonicMs() + i * 13)
      return probe
    })
    const start = time.monotonicMs()
    time.advance(400 * 13 + 20)
    probes.forEach((probe, i) => {
      expect(probe.fired).toHaveLength(1)
      expect(probe.fired[0]! - start).toBeGreaterThanOrEqual(i * 13)
      expect(probe.fired[0]! - start).toBeLessThanOrEqual(i * 13 + 20)
    })
    expect(wheel.armed).toBe(0)
  })

  it('goes on behind a deadline that throws, where somebody is told of it', () => {
    const time = new FakeTime()
    const told: unknown[] = []
    const wheel = new TimerWheel(time, 10, (error) => told.push(error))
    const probes = [new Probe(), new Probe(), new Probe()]
    const bug = new Error('a bug')
    for (const probe of probes) {
      wheel.arm(probe, time.monotonicMs() + 50)
      probe.onFired = () => {
        throw bug
      }
    }
    time.advance(60)
    expect(told).toEqual([bug, bug, bug])
    wheel.arm(probes[0]!, time.monotonicMs() + 50)
    time.advance(60)
    expect(told).toHaveLength(4)
  })

  it('moves a deadline later and earlier', () => {
    const time = new FakeTime()
    const wheel = new TimerWheel(time, 10)
    const probe = new Probe()
    wheel.arm(probe, time.monotonicMs() + 100)
    wheel.arm(probe, time.monotonicMs() + 5000)
    time.advance(4900)
    expect(probe.fired).toEqual([])
    wheel.arm(probe, time.monotonicMs() + 20)
    time.advance(40)
    expect(probe.fired).toHaveLength(1)
  })

  it('lets a callback cancel, arm and re-arm others of the same slot', () => {
    const time = new FakeTime()
    const wheel = new TimerWheel(time, 10)
    const [a, b, c] = [new Probe(), new Probe(), new Probe()]
    const at = time.monotonicMs() + 50
    for (const probe of [a, b, c]) wheel.arm(probe, at)
    c.onFired = () => {
      wheel.cancel(b)
      wheel.arm(c, time.monotonicMs() + 30)
      c.onFired = undefined
    }
    time.advance(60)
    expect([a.fired.length, b.fired.length, c.fired.length]).toEqual([1, 0, 1])
    time.advance(60)
    expect(c.fired).toHaveLength(2)
    expect(wheel.armed).toBe(0)
  })

  it('survives a long stall and deadlines beyond one turn', () => {
    const time = new FakeTime()
    const wheel = new TimerWheel(time, 10)
    const far = new Probe()
    wheel.arm(far, time.monotonicMs() + 60_000)
    time.advance(59_000)
    expect(far.fired).toEqual([])
    time.advance(1_100)
    expect(far.fired).toHaveLength(1)
  })
})
