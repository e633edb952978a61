import { expect, test } from 'vitest'
import type { Cue } from '../model/document.ts'
import { Cues } from './cues.ts'

const CUES: readonly (readonly [string, Cue, (cues: Cues) => void])[] = [
  ['so many requests', { requests: 2 }, (cues) => ['a', 'b'].forEach((origin) => cues.reached(origin))],
  ['a request at one origin', { requests: 1, at: 'b' }, (cues) => cues.reached('b')],
  ['so many answers', { answers: 1 }, (cues) => cues.answered()],
  ['a text in pieces', { arrived: 'hello' }, (cues) => ['he', 'llo'].forEach((text) => cues.arrived('a', text))],
  ['a step', { released: 'now' }, (cues) => cues.release('now')],
  ['a statistic', { stat: 'x', is: 3 }, (cues) => (cues.stats = () => Promise.resolve(new Map([['x', 3]])))],
]

test.each(CUES)('whoever waits for %s goes on when it happens', async (_, cue, happen) => {
  const cues = new Cues()
  cues.reached('a')
  let come = false
  const waiting = cues.when(cue).then((found) => (come = found))
  await Promise.resolve()
  expect(come).toBe(false)
  happen(cues)
  expect(await waiting).toBe(true)
})

test('whoever waits in a case does not go on in the next', async () => {
  const cues = new Cues()
  const waiting = cues.when({ answers: 1 })
  cues.reset()
  cues.answered()
  expect(await waiting).toBe(false)
})
