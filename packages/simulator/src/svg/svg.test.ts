import { expect, test } from 'vitest'
import { simulate } from '../simulation.ts'
import { planOf } from '../testing/plans.ts'
import { reportSvg } from './svg.ts'

test('a picture has a row for each host, and names cannot break out of it', () => {
  const plan = planOf({
    hosts: 4,
    incidents: ['down 10.0.0.2:80 2s-4s'],
    cluster: 'outlier_detection: { consecutive_5xx: 2 }',
  })
  const svg = reportSvg(simulate({ ...plan, cluster: { ...plan.cluster, name: '<script>"&' } }))
  expect(svg).not.toContain('<script>')
  expect(svg).toContain('cluster &quot;&lt;script&gt;&quot;&amp;&quot;')
  for (let i = 1; i <= 4; i++) expect(svg).toContain(`>10.0.0.${i}:80</text>`)
  expect(svg).toContain('class="incident"')
  expect(svg).not.toMatch(/NaN|undefined|Infinity/)
})

test('nothing happens, and it still is a picture', () => {
  const svg = reportSvg(simulate(planOf({ hosts: 1, rps: 0.01, seconds: 1 })))
  expect(svg).not.toMatch(/NaN|undefined|Infinity/)
})

test.each([
  [30, ['0 s', '5 s', '10 s', '15 s', '20 s', '25 s', '30 s']],
  [0.5, ['0 s', '0.1 s', '0.2 s', '0.3 s', '0.4 s', '0.5 s']],
  [47, ['0 s', '10 s', '20 s', '30 s', '40 s']],
])('%d s have round marks', (seconds, marks) => {
  const svg = reportSvg(simulate(planOf({ hosts: 1, rps: 20, seconds })))
  expect([...svg.matchAll(/>([\d.]+ s)<\/text>/g)].map((found) => found[1])).toEqual(marks)
})
