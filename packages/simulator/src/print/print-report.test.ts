import { expect, test } from 'vitest'
import { simulate } from '../simulation.ts'
import { planOf } from '../testing/plans.ts'
import { countText, hostText, msText, shareText } from './format.ts'
import { printReport } from './print-report.ts'

test('a report in words holds its numbers, hosts and events', () => {
  const report = simulate(
    planOf({
      hosts: [2, 1],
      rps: 300,
      cluster: 'lb_policy: LEAST_REQUEST\noutlier_detection: { consecutive_5xx: 3, max_ejection_percent: 50 }',
      incidents: ['fail 10.0.0.1:80 2s-5s'],
    }),
  )
  const text = printReport(report)
  expect(text).toContain('LEAST_REQUEST over 3 hosts of cluster "c": 300 requests/s for 10 s, seed 1')
  expect(text).toContain('as a plain route would send them')
  expect(text).toMatch(/^requests {4}\d \d{3}, 99\.9% succeeded, 3 failed$/m)
  expect(text).toMatch(/^10\.0\.0\.1:80 +█+ +[\d.]+%( +\d+){5}$/m)
  expect(text).toMatch(/^ +2\.00 s {2}fail 10\.0\.0\.1:80 2s-5s 503$/m)
  expect(text).toMatch(/^ +2\.\d\d s {2}10\.0\.0\.1:80 is ejected: consecutive 5xx$/m)
})

test('numbers are short and do not lie about the ends', () => {
  expect([0.04, 7.44, 123.4, 1250, 12_500].map(msText)).toEqual(['0.0 ms', '7.4 ms', '123 ms', '1.25 s', '12.5 s'])
  expect([0, 0.0004, 0.125, 0.9999, 1].map(shareText)).toEqual(['0%', '0.04%', '12.5%', '99.9%', '100%'])
  expect([0, 999, 1000, 1_234_567].map(countText)).toEqual(['0', '999', '1 000', '1 234 567'])
  expect(hostText({ address: '198.18.0.1:80', hostname: 'api.example' })).toBe('api.example:80')
  expect(hostText({ address: '10.0.0.1:80', hostname: '10.0.0.1' })).toBe('10.0.0.1:80')
})
