import { expect, test } from 'vitest'
import { importsOf, readLaw, roomOf } from './law.mjs'

test('finds every way in which a source names another module', () => {
  const source = `
import { a } from './a.ts'
import type { B } from '@nuncio/core'
import {
  c,
  type D,
} from '@nuncio/config'
export * from './e.ts'
export { f } from './f.ts'
import './side-effect.ts'
const g = await import('./g.ts')
// import { no } from './comment.ts'
const text = "import { no } from 'nowhere'"
`
  expect(importsOf(source)).toEqual([
    './a.ts',
    '@nuncio/core',
    '@nuncio/config',
    './e.ts',
    './f.ts',
    './side-effect.ts',
    './g.ts',
  ])
})

test('knows the room behind a package name and its doors', () => {
  expect([roomOf('@nuncio/core'), roomOf('@nuncio/core/testing'), roomOf('undici')]).toEqual([
    'core',
    'core',
    undefined,
  ])
})

test('refuses a law in which a room uses one that comes later', () => {
  expect(() => readLaw('pure core config\npure config core\n')).toThrow(
    'core names config, which is not on an earlier line',
  )
})
