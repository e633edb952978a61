import { base64, HeaderTable, utf8Bytes } from '@nuncio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { draftLoadReport, largestMetric } from './load-report.ts'
import { parseLoadReport } from './parse-load-report.ts'

function headers(name: string, value: string): HeaderTable {
  const table = new HeaderTable()
  table.append(name, value)
  return table
}

const parse = (value: string) => parseLoadReport(headers('endpoint-load-metrics', value))

/** Protobuf: a double field, or a map entry of text to double. */
function double(field: number, value: number): number[] {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return [(field << 3) | 1, ...bytes]
}
function entry(field: number, key: string, value: number): number[] {
  const name = utf8Bytes(key)
  const inner = [10, name.length, ...name, ...double(2, value)]
  return [(field << 3) | 2, inner.length, ...inner]
}

describe('parseLoadReport', () => {
  it('reads text', () => {
    expect(parse('TEXT cpu_utilization=0.3, rps_fractional=100,eps=2,named_metrics.queue=7')).toMatchObject({
      cpuUtilization: 0.3,
      rps: 100,
      eps: 2,
      namedMetrics: { queue: 7 },
    })
  })

  it('reads JSON in either spelling', () => {
    const expected = { applicationUtilization: 0.5, memUtilization: 0.25, utilization: { gpu: 0.75 } }
    expect(
      parse('JSON {"application_utilization":0.5,"mem_utilization":0.25,"utilization":{"gpu":0.75}}'),
    ).toMatchObject(expected)
    expect(parse('JSON {"applicationUtilization":0.5,"memUtilization":0.25,"utilization":{"gpu":0.75}}')).toMatchObject(
      expected,
    )
  })

  it('reads protobuf, from its own header too', () => {
    const bytes = Uint8Array.from([
      ...double(1, 0.5),
      0x18,
      0x96,
      0x01,
      ...double(6, 80),
      ...double(9, 0.75),
      ...entry(8, 'q', 3),
    ])
    const expected = { cpuUtilization: 0.5, rps: 80, applicationUtilization: 0.75, namedMetrics: { q: 3 } }
    expect(parse(`BIN ${base64(bytes)}`)).toMatchObject(expected)
    expect(parseLoadReport(headers('endpoint-load-metrics-bin', base64(bytes)))).toMatchObject(expected)
  })

  it.each([
    '',
    'TEXT',
    'TEXT x',
    'TEXT cpu_utilization=',
    'TEXT cpu_utilization=-1',
    'TEXT eps=nan',
    'JSON {',
    'JSON 7',
    'JSON []',
    'BIN !',
    'BIN CQ==',
    'XML <a/>',
  ])('makes nothing of %j', (value) => expect(parse(value)).toBeUndefined())

  it('survives any bytes and any text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.string(),
        fc.constantFrom('TEXT', 'JSON', 'BIN'),
        (bytes, text, form) => {
          parse(`BIN ${base64(bytes)}`)
          parse(`${form} ${text}`)
        },
      ),
      { seed: 4, numRuns: 500 },
    )
  })

  it('does not touch prototypes', () => {
    const report = parse('TEXT named_metrics.__proto__=1,named_metrics.constructor=2')!
    expect(Object.keys(report.namedMetrics)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['__proto__']).not.toBe(1)
  })
})

describe('largestMetric', () => {
  it('takes the largest of the named metrics', () => {
    const report = parse('TEXT cpu_utilization=0.3,named_metrics.a=0.2,named_metrics.b=0.9,utilization.gpu=0.5')!
    expect(largestMetric(report, ['cpu_utilization', 'named_metrics.a'])).toBe(0.3)
    expect(largestMetric(report, ['named_metrics.*', 'utilization.gpu'])).toBe(0.9)
    expect(largestMetric(report, ['named_metrics.none', 'nothing', 'no.thing'])).toBe(0)
  })
})

describe('names that every object has', () => {
  it.each(['TEXT constructor.a=1', 'TEXT constructor=1', 'JSON {"__proto__": {"a": 1}, "toString": 1}'])(
    'are unknown ones in %s',
    (value) => {
      const report = parse(value)!
      expect(report).toEqual(draftLoadReport())
      expect(largestMetric(report, ['constructor', '__proto__.a', 'named_metrics.toString'])).toBe(0)
    },
  )
})
