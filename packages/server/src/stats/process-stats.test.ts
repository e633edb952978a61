import { StatsStore } from '@nuncio/core'
import { expect, test } from 'vitest'
import { ProcessStats } from './process-stats.ts'

test('the OCSP response that expires first is shown by its seconds, and 0 where there is none', () => {
  const stats = new StatsStore()
  const process = new ProcessStats(stats, '1.2.3')
  const shown = (): number => stats.gauge('server.seconds_until_first_ocsp_response_expiring').value
  process.expire({ certificateMs: Number.POSITIVE_INFINITY, ocspMs: 91_900 }, 1000)
  expect(shown()).toBe(90)
  process.expire({ certificateMs: Number.POSITIVE_INFINITY, ocspMs: 500 }, 1000)
  expect(shown()).toBe(0)
  process.expire({ certificateMs: Number.POSITIVE_INFINITY, ocspMs: Number.POSITIVE_INFINITY }, 1000)
  expect(shown()).toBe(0)
})
