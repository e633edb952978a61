import { expect, test } from 'vitest'
import { readCue, readPieces, readRawPiece } from './cues.ts'

test('a cue is something that happens', () => {
  const cue = { requests: 2, at: 'a' }
  expect(readCue(cue, 'here')).toBe(cue)
  expect(readCue({ stat: 'x', is: 1 }, 'here')).toEqual({ stat: 'x', is: 1 })
})

test.each([20, '20ms', { ms: 20 }, { stat: 'x' }, { answers: 1, at: 'a' }, {}])('%j is no cue', (given) => {
  expect(() => readCue(given, 'here')).toThrow(/^here: .* is no cue; there are requests,/)
})

test('pieces wait for cues', () => {
  expect(readPieces(undefined, 'here')).toEqual([])
  expect(() => readPieces([{ body: 'one' }, { after: 20, body: 'two' }], 'here')).toThrow('20 is no cue')
})

test('bytes on a connection are texts, and waits for something', () => {
  expect(readRawPiece('hello', 'here')).toBe('hello')
  expect(readRawPiece({ until: { answers: 1 } }, 'here')).toEqual({ until: { answers: 1 } })
  expect(() => readRawPiece({ pause: 1 }, 'here')).toThrow('neither text nor until, closed, wait or end')
  expect(() => readRawPiece({ until: { ms: 1 } }, 'here')).toThrow('is no cue')
})
