import { expect, test } from 'vitest'
import { readExceptions, withoutExceptions } from './exceptions.ts'

const difference = (at: string): { at: string; envoy: number; nuncio: number } => ({ at, envoy: 1, nuncio: 2 })

test('what is left out says why', () => {
  expect(() => readExceptions({ 'steps[0].body': '' }, 'here')).toThrow('here: why is steps[0].body left out?')
  expect(() => readExceptions('body', 'here')).toThrow('why is')
  expect(readExceptions(undefined, 'here')).toEqual({})
})

test('a pattern leaves out whole places, and no place that merely contains it', () => {
  const found = ['body', 'steps[0].body', 'steps[0].headers.body-size'].map((at) => difference(at))
  expect(withoutExceptions(found, { '.*\\.body': 'chance decides' }).map(({ at }) => at)).toEqual([
    'body',
    'steps[0].headers.body-size',
  ])
})
