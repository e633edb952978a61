import { expect, test } from 'vitest'
import { requestIdNumber, traceReasonOf, withTraceReason } from './request-id.ts'

const ID = '2ccecde7-0b8d-4162-a617-ec71d3bf07e3'

test.each([
  ['not-traceable', '2ccecde7-0b8d-4162-a617-ec71d3bf07e3'],
  ['sampling', '2ccecde7-0b8d-9162-a617-ec71d3bf07e3'],
  ['service-forced', '2ccecde7-0b8d-a162-a617-ec71d3bf07e3'],
  ['client-forced', '2ccecde7-0b8d-b162-a617-ec71d3bf07e3'],
] as const)('the reason %s is written as %s, and read from it', (reason, id) => {
  expect(withTraceReason(ID, reason)).toBe(id)
  expect(traceReasonOf(id)).toBe(reason)
})

test('an id that is no UUID carries no reason and is not changed', () => {
  expect(traceReasonOf('nonsense-id-9aaaaaaaaaaa')).toBe('not-traceable')
  expect(withTraceReason('nonsense', 'sampling')).toBe('nonsense')
})

test('the number of an id is that of its first eight hex digits', () => {
  expect([
    requestIdNumber(ID),
    requestIdNumber('0000002A'),
    requestIdNumber('nonsense'),
    requestIdNumber('12'),
  ]).toEqual([0x2ccecde7, 42, -1, -1])
})
