import type { Membership, MembershipChange } from '@nuncio/cluster'
import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { MembershipIntake } from './membership-intake.ts'

/** A membership of so many hosts, with a name to tell it by. */
function members(name: string, hosts: number): Membership {
  return { name, levels: [[{ hosts: Array.from({ length: hosts }, () => ({})) }]] } as unknown as Membership
}

function intake(slices = 1): { intake: MembershipIntake; time: FakeTime; lines: string[] } {
  const time = new FakeTime()
  const lines: string[] = []
  const hosts = {
    *updateInSlices(membership: Membership): Generator<void, MembershipChange> {
      for (let i = 0; i < slices; i++) {
        time.advance(3)
        yield
      }
      return { name: (membership as unknown as { name: string }).name } as unknown as MembershipChange
    },
  }
  const user = {
    onTaken: (change: MembershipChange) => void lines.push((change as unknown as { name: string }).name),
    onCaughtUp: () => void lines.push('caught up'),
  }
  return { intake: new MembershipIntake(hosts, time, user), time, lines }
}

test('a small membership is taken over at once', () => {
  const { intake: own, lines } = intake()
  own.take(members('small', 2048))
  expect([lines, own.busy]).toEqual([['small', 'caught up'], false])
})

test('a large one is taken over in slices between which other things run', () => {
  const { intake: own, lines, time } = intake(3)
  own.take(members('large', 2049))
  expect([lines, own.busy]).toEqual([[], true])
  time.advance(100)
  expect([lines, own.busy]).toEqual([['large', 'caught up'], false])
})

test('of those that come meanwhile the last one is taken over behind it, and only then it has caught up', () => {
  const { intake: own, lines, time } = intake()
  own.take(members('large', 3000))
  own.take(members('skipped', 1))
  own.take(members('last', 1))
  time.advance(100)
  expect(lines).toEqual(['large', 'last', 'caught up'])
})

test('nothing is taken over once it is closed', () => {
  const { intake: own, lines, time } = intake()
  own.take(members('large', 3000))
  own.take(members('small', 1))
  own.close()
  own.take(members('late', 1))
  time.advance(100)
  expect([lines, time.pending]).toEqual([[], 0])
})
