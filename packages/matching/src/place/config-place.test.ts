import type { Problem, Sources } from '@nuncio/config'
import { expect, test } from 'vitest'
import { configPlace, strictPlace } from './config-place.ts'

test('a problem has the path and the position of its place, or of the nearest one around it', () => {
  const item = {}
  const list = [item]
  const root = { list, name: 'x' }
  const sources: Sources = {
    positionOf: (node, field) => {
      if (node === root && field === 'name') return { file: 'f', line: 2, column: 3 }
      return node === item && field === undefined ? { file: 'f', line: 7, column: 5 } : undefined
    },
  }
  const problems: Problem[] = []
  const place = configPlace(root, { report: (problem) => problems.push(problem), sources, path: 'routes' })
  place.at('name').error('a', 'first')
  place.item('list', 0, item).warn('b', 'second', 'do this')
  place.item('list', 0, item).at('inner').error('c', 'third')
  expect(problems).toEqual([
    { code: 'a', severity: 'error', path: 'routes.name', message: 'first', hint: '', file: 'f', line: 2, column: 3 },
    {
      code: 'b',
      severity: 'warning',
      path: 'routes.list[0]',
      message: 'second',
      hint: 'do this',
      file: 'f',
      line: 7,
      column: 5,
    },
    {
      code: 'c',
      severity: 'error',
      path: 'routes.list[0].inner',
      message: 'third',
      hint: '',
      file: 'f',
      line: 7,
      column: 5,
    },
  ])
})

test('a strict place throws errors', () => {
  expect(() => strictPlace({}, { path: 'a' }).at('b').error('x', 'bad')).toThrow('a.b: bad')
  expect(() => strictPlace({}).warn('x', 'odd')).not.toThrow()
})
