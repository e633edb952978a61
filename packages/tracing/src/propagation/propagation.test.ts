import { requestHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { extractB3, injectB3 } from './b3.ts'
import { extractW3c, injectW3c } from './w3c.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const PARENT = '0020000000000001'

function headers(...lines: [string, string][]): ReturnType<typeof requestHeaders> {
  return requestHeaders(lines)
}

describe('traceparent', () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-fe`, false],
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE.toUpperCase()}-${SPAN.toUpperCase()}-01`, true],
  ])('%s is understood', (text, sampled) => {
    const context = { traceId: TRACE, spanId: SPAN, parentId: '', sampled, baggage: '' }
    expect(extractW3c(headers(['traceparent', text]))).toEqual(context)
  })

  test.each([
    '',
    'nonsense',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-0x`,
    `0g-${TRACE}-${SPAN}-01`,
    `00_${TRACE}_${SPAN}_01`,
    `00-${TRACE.replace('0', 'g')}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-\u00e91`,
  ])('%j makes no sense', (text) => {
    expect(extractW3c(headers(['traceparent', text]))).toBe('bad')
  })

  test('states of all lines belong together, and the first traceparent counts', () => {
    const found = extractW3c(
      headers(
        ['traceparent', `00-${TRACE}-${SPAN}-01`],
        ['traceparent', 'nonsense'],
        ['tracestate', 'a=1'],
        ['tracestate', 'b=2'],
      ),
    )
    expect(found).toMatchObject({ traceId: TRACE, baggage: 'a=1,b=2' })
    expect(extractW3c(headers(['tracestate', 'a=1']))).toBeUndefined()
  })

  test('a short trace id is filled up', () => {
    const out = headers()
    injectW3c(SPAN, PARENT, false, out)
    expect(out.get('traceparent')).toBe(`00-0000000000000000${SPAN}-${PARENT}-00`)
  })
})

describe('b3', () => {
  const ids = { traceId: TRACE, spanId: SPAN, parentId: '' }
  test.each([
    [`${TRACE}-${SPAN}-1`, { ...ids, sampled: true }],
    [`${TRACE}-${SPAN}-d`, { ...ids, sampled: true }],
    [`${TRACE}-${SPAN}-0`, { ...ids, sampled: false }],
    [`${TRACE}-${SPAN}`, { ...ids, sampled: undefined }],
    [`${SPAN}-${SPAN}-1-${PARENT}`, { traceId: SPAN, spanId: SPAN, parentId: PARENT, sampled: true }],
    ['0', { sampled: false }],
    ['d', { sampled: true }],
  ])('in one header: %s', (text, expected) => {
    expect(extractB3(headers(['b3', text]))).toEqual({ ...expected, baggage: 'single' })
  })

  test.each(['', 'junk', 'x', `${TRACE}-${SPAN}-2`, `${TRACE}-${SPAN}-1-`.padEnd(60, 'g'), `${SPAN.slice(1)}-${SPAN}-1`, `${TRACE}-${SPAN}-1-${PARENT}-1`])(
    'in one header: %j makes no sense',
    (text) => {
      expect(extractB3(headers(['b3', text]))).toBe('bad')
    },
  ) // prettier-ignore

  test.each<[string, [string, string][], unknown]>([
    ['all of them', [['x-b3-traceid', TRACE], ['x-b3-spanid', SPAN], ['x-b3-parentspanid', PARENT], ['x-b3-sampled', '1']], { traceId: TRACE, spanId: SPAN, parentId: PARENT, sampled: true, baggage: '' }],
    ['an old word for sampled', [['x-b3-traceid', TRACE], ['x-b3-spanid', SPAN], ['x-b3-sampled', 'true']], { ...ids, sampled: true, baggage: '' }],
    ['no decision', [['x-b3-traceid', TRACE], ['x-b3-spanid', SPAN]], { ...ids, sampled: undefined, baggage: '' }],
    ['ids without their leading zeros', [['x-b3-traceid', '63ac35c9f6413ad'], ['x-b3-spanid', '2fb4a1d1a96d312']], { traceId: '063ac35c9f6413ad', spanId: '02fb4a1d1a96d312', parentId: '', sampled: undefined, baggage: '' }],
    ['a decision without a trace', [['x-b3-sampled', '0']], { sampled: false, baggage: '' }],
    ['half a context', [['x-b3-traceid', TRACE]], undefined],
    ['none', [], undefined],
    ['an id that is no number', [['x-b3-traceid', 'zzz'], ['x-b3-spanid', SPAN]], 'bad'],
    ['an id that is too long', [['x-b3-traceid', `${TRACE}0`], ['x-b3-spanid', SPAN]], 'bad'],
    ['an empty id', [['x-b3-traceid', ''], ['x-b3-spanid', SPAN]], 'bad'],
  ])('in several headers: %s', (_, lines, expected) => {
    expect(extractB3(headers(...lines))).toEqual(expected)
  }) // prettier-ignore

  test('goes on in the form in which it came', () => {
    const single = headers(['b3', 'old'])
    injectB3({ ...ids, baggage: 'single' }, true, single)
    injectB3({ ...ids, parentId: PARENT, baggage: 'single' }, false, headers())
    expect([single.get('b3'), single.size]).toEqual([`${TRACE}-${SPAN}-1`, 1])
    const multi = headers(['x-b3-parentspanid', 'old'])
    injectB3({ ...ids, baggage: '' }, false, multi)
    expect(['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'b3'].map((name) => multi.get(name))).toEqual([TRACE, SPAN, undefined, '0', undefined]) // prettier-ignore
  })
})
