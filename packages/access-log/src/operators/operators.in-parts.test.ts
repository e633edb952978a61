import { withParts } from '@nuncio/core'
import { expect, test } from 'vitest'
import { operators as inParts } from './operators.in-parts.ts'
import { operators } from './operators.ts'

test('operators are the same where they are loaded on need', async () => {
  expect(() => inParts()).toThrow('withParts')
  expect(await withParts(inParts)).toBe(operators())
})
