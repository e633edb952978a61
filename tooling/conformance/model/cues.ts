import type { Cue, Piece, RawPiece, Tree } from './document.ts'
import { isTree } from './trees.ts'

/** The kinds of cues by their first key, with the other keys that each takes. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  requests: ['at'],
  answers: [],
  arrived: [],
  stat: ['is'],
  released: [],
}

/** Reads a cue; throws with its place for what is none, a time above all. */
export function readCue(given: unknown, place: string): Cue {
  const keys = isTree(given) ? Object.keys(given) : []
  const kind = keys.find((key) => KINDS[key] !== undefined)
  const whole = kind === 'stat' ? keys.includes('is') : kind !== undefined
  if (!whole || keys.some((key) => key !== kind && !KINDS[kind!]!.includes(key)))
    throw new Error(`${place}: ${JSON.stringify(given)} is no cue; there are ${Object.keys(KINDS).join(', ')}`)
  return given as Cue
}

/** Reads pieces of a body. */
export function readPieces(given: unknown, place: string): readonly Piece[] {
  if (given === undefined) return []
  const pieces = given as readonly Tree[]
  for (const { after } of pieces) if (after !== undefined) readCue(after, place)
  return pieces as unknown as readonly Piece[]
}

/** Reads a piece of bytes on a connection. */
export function readRawPiece(given: unknown, place: string): RawPiece {
  if (typeof given === 'string') return given
  const [key = '', ...more] = isTree(given) ? Object.keys(given) : []
  if (more.length > 0 || !['until', 'closed', 'wait', 'end'].includes(key))
    throw new Error(`${place}: ${JSON.stringify(given)} is neither text nor until, closed, wait or end`)
  if (key === 'until' && isTree((given as Tree)['until'])) readCue((given as Tree)['until'], place)
  return given as RawPiece
}
