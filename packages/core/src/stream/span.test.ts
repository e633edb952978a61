import { expect, test } from 'vitest'
import { requestHeaders } from '../headers/header-table.ts'
import { TestSpan } from '../testing/test-span.ts'
import { NO_SPAN } from './span.ts'

test('where nothing is traced a span takes everything, and says and sends nothing', () => {
  const headers = requestHeaders([])
  NO_SPAN.setAttribute('a', 1)
  NO_SPAN.setOperation('b')
  NO_SPAN.log('c')
  NO_SPAN.inject(headers)
  expect(NO_SPAN.child('d')).toBe(NO_SPAN)
  expect([headers.size, NO_SPAN.recording, NO_SPAN.traceId, NO_SPAN.spanId]).toEqual([0, false, '', ''])
})

test('a span of tests remembers what it was told, and those below it', () => {
  const span = new TestSpan()
  const child = span.child('look-up')
  child.setAttribute('sku', 'a')
  child.log('found')
  child.end()
  const headers = requestHeaders([])
  child.inject(headers)
  expect(span.all.map(({ operation, attributes, events, ends }) => ({ operation, attributes, events, ends }))).toEqual([
    { operation: 'request', attributes: {}, events: [], ends: 0 },
    { operation: 'look-up', attributes: { sku: 'a' }, events: ['found'], ends: 1 },
  ])
  expect(headers.get('traceparent')).toBe('00-000000000000000000000000000000aa-0000000000000002-01')
})
