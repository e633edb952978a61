import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileTimeFormat, isoTime } from './strftime.ts'

const NOVEMBER = 1_795_346_759_250

describe('compileTimeFormat', () => {
  // What Envoy 1.40 printed at 2026-11-22 11:25:59.250 UTC.
  it.each([
    ['%e|%j|%U|%u|%y|%C|%I|%p|%D|%T|%F|%R|%h|%k|%l|%Q|%G|%V|%s|%9f', '22|326|47|7|26|20|11|AM|11/22/26|11:25:59|2026-11-22|11:25|Nov|11|11|%Q|2026|47|1795346759|250000000'],
    ['%c|%x|%X|%r', 'Sun Nov 22 11:25:59 2026|11/22/26|11:25:59|11:25:59 AM'],
    ['%E3S', '59.250'],
    ['%A %a %B %b %d %H %M %S %w %W %g %P %t%%', 'Sunday Sun November Nov 22 11 25 59 0 46 26 am \t%'],
    ['%E*S %E2f %E4Y%ET%z %Ez', '59.250000 25 2026T+0000 +00:00'],
    ['plain', 'plain'],
    ['%10f', '%10f'],
  ])('prints %s as %s', (format, expected) => {
    expect(compileTimeFormat(format)(NOVEMBER, 0)).toBe(expected)
  }) // prettier-ignore

  it('shifts to a local zone', () => {
    const format = compileTimeFormat('%Y-%m-%dT%H:%M:%S%z %Ez %Z')
    expect(format(NOVEMBER, -570)).toBe('2026-11-22T01:55:59-0930 -09:30 -0930')
    expect(format(NOVEMBER, 840)).toBe('2026-11-23T01:25:59+1400 +14:00 +1400')
  })

  it.each([
    ['2020-12-31', '53 2020'], ['2021-01-01', '53 2020'], ['2021-01-04', '01 2021'], ['2024-12-30', '01 2025'], ['2016-01-03', '53 2015'],
  ])('knows the ISO week of %s', (date, expected) => {
    expect(compileTimeFormat('%V %G')(Date.parse(`${date}T00:00:00Z`), 0)).toBe(expected)
  }) // prettier-ignore

  it('agrees with the calendar of the platform for four thousand years (property)', () => {
    const iso = isoTime()
    const format = compileTimeFormat('%Y-%m-%dT%H:%M:%S.%3fZ|%w|%j')
    const moments = fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(5000, 0, 1) })
    fc.assert(
      fc.property(moments, (ms) => {
        const date = new Date(ms)
        const dayOfYear = Math.floor((ms - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
        const text = date.toISOString()
        expect(iso(ms)).toBe(text)
        expect(format(ms, 0)).toBe(`${text}|${date.getUTCDay()}|${String(dayOfYear).padStart(3, '0')}`)
      }),
    )
  })
})
