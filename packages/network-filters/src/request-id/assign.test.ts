import { requestHeaders, traceReasonOf } from '@nuncio/core'
import { expect, test } from 'vitest'
import { assignRequestId, type RequestIdSettings } from './assign.ts'

const GIVEN = '11111111-1111-4111-8111-111111111111'
/** The same with the decision of a proxy to trace it. */
const TRACED = '11111111-1111-9111-8111-111111111111'
const DEFAULTS: RequestIdSettings = { generateRequestId: true, preserveExternalRequestId: false }
const RULES = { packsReason: true, samplesById: true }

function assigned(
  id: string | undefined,
  edge: boolean,
  settings: Partial<RequestIdSettings> = {},
  rules = RULES,
): { id: string; sent: string | undefined } {
  // prettier-ignore
  const headers = requestHeaders([[':path', '/'], ...(id === undefined ? [] : [['x-request-id', id] as const])])
  const answer = assignRequestId(headers, edge, { ...DEFAULTS, ...settings }, rules)
  return { id: answer, sent: headers.get('x-request-id') }
}

test('a request without an id, or with an empty one, gets one', () => {
  for (const none of [undefined, '']) {
    const { id, sent } = assigned(none, false)
    expect(id).toMatch(/^[\da-f-]{36}$/)
    expect(sent).toBe(id)
  }
})

test('an id from inside stays, with what was decided about tracing', () => {
  expect(assigned(TRACED, false)).toEqual({ id: TRACED, sent: TRACED })
})

test('an id from outside is replaced, unless it is to be preserved', () => {
  expect(assigned(GIVEN, true).id).not.toBe(GIVEN)
  expect(assigned(GIVEN, true, { preserveExternalRequestId: true })).toEqual({ id: GIVEN, sent: GIVEN })
})

test('an id from outside that is preserved loses what it says about tracing, where ids say such things', () => {
  const preserve = { preserveExternalRequestId: true }
  expect(traceReasonOf(TRACED)).not.toBe('not-traceable')
  expect(assigned(TRACED, true, preserve)).toEqual({ id: GIVEN, sent: GIVEN })
  expect(assigned(TRACED, true, preserve, { ...RULES, packsReason: false })).toEqual({ id: TRACED, sent: TRACED })
})

test('where none are made, a request goes on with the id that it has, or without', () => {
  const none = { generateRequestId: false }
  expect(assigned(undefined, false, none)).toEqual({ id: '', sent: undefined })
  expect(assigned(GIVEN, true, none)).toEqual({ id: GIVEN, sent: GIVEN })
})
