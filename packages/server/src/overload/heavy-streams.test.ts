import { expect, test } from 'vitest'
import { heaviest } from './heavy-streams.ts'

const MIB = 2 ** 20
const streams = (...mib: number[]): { bufferedBytes: number }[] => mib.map((n) => ({ bufferedBytes: n * MIB }))
const chosen = (mib: number[], state: number, power?: number): number[] =>
  heaviest(streams(...mib), state, power).map(({ bufferedBytes }) => bufferedBytes / MIB)

test('resets only the heaviest class while the state is low', () => {
  expect(chosen([1, 64, 128, 300], 0.1)).toEqual([300, 128])
})

test('resets every class above the minimum when the state is full, heaviest first', () => {
  expect(chosen([0.5, 1, 64, 128], 1)).toEqual([128, 64, 1])
})

test('goes one class further for each eighth of the state', () => {
  expect(chosen([32, 64, 128], 0.125)).toEqual([128, 64])
  expect(chosen([32, 64, 128], 0.25)).toEqual([128, 64, 32])
})

test('counts from the configured minimum', () => {
  expect(chosen([0.0625, 0.03], 1, 16)).toEqual([0.0625])
})

test('resets fifty streams at once at most', () => {
  expect(
    chosen(
      Array.from({ length: 60 }, () => 2),
      1,
    ),
  ).toHaveLength(50)
})
