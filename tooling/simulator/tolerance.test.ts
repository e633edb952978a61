import { expect, test } from 'vitest'
import type { LiveMeasured, Measured } from './measure.ts'
import { disagreements } from './tolerance.ts'

const SIMULATED: Measured = { shares: [0.5, 0.5], p50: 100, p99: 200, amplification: 1, failed: 0 }
const LIVE: LiveMeasured = { ...SIMULATED, ports: [1, 2], undisturbed: 10_000, requests: 10_000 }

test.each<[string, Partial<LiveMeasured>, readonly string[]]>([
  ['the same', {}, []],
  ['a little apart', { shares: [0.53, 0.47], p50: 129, p99: 141, amplification: 1.04, failed: 0.01 }, []],
  ['hosts of other shares', { shares: [0.56, 0.44] }, ['share of host 0', 'share of host 1']],
  ['few requests, whose shares are chance', { shares: [0.56, 0.44], requests: 2000, undisturbed: 2000 }, []],
  ['other latencies', { p50: 131, p99: 139 }, ['p50', 'p99']],
  ['other latencies, on a machine that did something else now and then', { p50: 131, p99: 139, undisturbed: 8999 }, ['p50']],
  ['other latencies, on a machine that had hardly a moment for it', { p50: 0, p99: 0, undisturbed: 1999 }, []],
  ['more tries', { amplification: 1.06 }, ['tries a request']],
  ['more failures', { failed: 0.03 }, ['failed']],
])('%s', (_, seen, expected) => {
  const found = disagreements({ ...LIVE, ...seen }, SIMULATED)
  expect(found.map((text) => text.split(':')[0])).toEqual(expected)
}) // prettier-ignore
