import { withParts } from '@nuncio/core'
import { expect, test } from 'vitest'
import { re2 as inParts } from './re2.in-parts.ts'
import { re2 } from './re2.ts'

test('RE2 is the same where it is loaded on need', async () => {
  expect(() => inParts()).toThrow('withParts')
  expect(await withParts(inParts)).toBe(re2())
})
