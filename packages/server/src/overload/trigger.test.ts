import type { Finding } from '@nuncio/access-log'
import { expect, test } from 'vitest'
import { compileTriggers } from './trigger.ts'

const MONITORS = new Set(['heap'])
const problems = (configs: Parameters<typeof compileTriggers>[0]): string[] => {
  const found: string[] = []
  const report = (finding: Finding): void => void found.push(`${finding.path}: ${finding.message}`)
  compileTriggers(configs, MONITORS, report, 'actions[0]')
  return found
}
const states = (config: object, ...pressures: number[]): number[] => {
  const [trigger] = compileTriggers([{ name: 'heap', ...config }], MONITORS, () => {}, '')
  return pressures.map((pressure) => trigger!.state(pressure))
}

test('a threshold is reached or not', () => {
  expect(states({ threshold: { value: 0.9 } }, 0, 0.89, 0.9, 1.5)).toEqual([0, 0, 1, 1])
})

test('a scaled trigger rises between its two thresholds', () => {
  const [low, begin, seventy, full, above] = states(
    { scaled: { scaling_threshold: 0.85, saturation_threshold: 0.95 } },
    0.2,
    0.85,
    0.92,
    0.95,
    2,
  )
  expect([low, begin, full, above]).toEqual([0, 0, 1, 1])
  expect(seventy).toBeCloseTo(0.7)
})

test('a scaled trigger whose thresholds are the wrong way round is refused', () => {
  expect(problems([{ name: 'heap', scaled: { scaling_threshold: 0.9, saturation_threshold: 0.9 } }])).toEqual([
    'actions[0].triggers[0].scaled: scaling_threshold must be less than saturation_threshold',
  ])
})

test('a trigger for an unknown monitor, or a second one for the same, is refused', () => {
  const threshold = { value: 0.5 }
  expect(problems([{ name: 'disk', threshold }])).toEqual([
    'actions[0].triggers[0].name: there is no resource monitor disk',
  ])
  expect(
    problems([
      { name: 'heap', threshold },
      { name: 'heap', threshold },
    ]),
  ).toEqual(['actions[0].triggers[1].name: there is a trigger for heap already'])
})
