import { expect, test } from 'vitest'
import { requestId } from './request-id.ts'

test('ids are UUIDs of version 4, and none comes twice', () => {
  const ids = Array.from({ length: 1000 }, requestId)
  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})
