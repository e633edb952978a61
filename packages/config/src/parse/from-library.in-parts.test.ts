import { withParts } from '@nuncio/core'
import { expect, test } from 'vitest'
import { fromLibrary as inParts } from './from-library.in-parts.ts'
import { fromLibrary } from './from-library.ts'
import { DEFAULT_LIMITS } from './limits.ts'

test('the full reader reads the same where it is loaded on need', async () => {
  const text = 'a: >-\n  folded\n  text\nb: !!str 1\n'
  expect(() => inParts(text, 0, DEFAULT_LIMITS)).toThrow('withParts')
  expect(await withParts(() => inParts(text, 0, DEFAULT_LIMITS))).toEqual(fromLibrary(text, 0, DEFAULT_LIMITS))
})
