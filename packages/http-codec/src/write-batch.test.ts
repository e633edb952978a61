import { FakeTime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { type BatchMember, WriteBatch } from './write-batch.ts'

class Member implements BatchMember {
  told = 0
  readonly #then: (() => void) | undefined
  constructor(then?: () => void) {
    this.#then = then
  }
  onBatchEnd(): void {
    this.told++
    this.#then?.()
  }
}

describe('WriteBatch', () => {
  it('tells its members on the last leave, and those that they add', () => {
    const batch = new WriteBatch(new FakeTime())
    const second = new Member()
    const first = new Member(() => batch.add(second))
    batch.enter()
    batch.enter()
    batch.add(first)
    batch.leave()
    expect(first.told).toBe(0)
    batch.leave()
    expect([first.told, second.told]).toEqual([1, 1])
    batch.enter()
    batch.leave()
    expect(first.told).toBe(1)
  })

  it('tells members that were added outside of a batch in a microtask', async () => {
    const batch = new WriteBatch(new FakeTime())
    const members = [new Member(), new Member()]
    for (const member of members) batch.add(member)
    expect(members[0]!.told).toBe(0)
    await Promise.resolve()
    expect(members.map((member) => member.told)).toEqual([1, 1])
  })

  it('goes on after a member that throws, and tells nobody twice', async () => {
    const batch = new WriteBatch(new FakeTime())
    const bad = new Member(() => {
      throw new Error('bad')
    })
    const good = new Member()
    batch.enter()
    batch.add(bad)
    batch.add(good)
    expect(() => batch.leave()).toThrow('bad')
    expect(good.told).toBe(0)
    await Promise.resolve()
    expect([bad.told, good.told]).toEqual([1, 1])
  })

  it('has one time for all of a batch', () => {
    const time = new FakeTime(1000)
    const batch = new WriteBatch(time)
    batch.enter()
    expect(batch.nowMs()).toBe(1000)
    time.advance(5)
    expect(batch.nowMs()).toBe(1000)
    batch.leave()
    expect(batch.nowMs()).toBe(1005)
    time.advance(5)
    expect(batch.nowMs()).toBe(1010)
  })
})
