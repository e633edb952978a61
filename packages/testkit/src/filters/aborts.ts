import type { HttpFilter } from '@nuncio/filter-chain'
import { abort, type Scene } from './scene.ts'

const gone = (_: unknown, stream: Parameters<typeof abort>[0]): void => abort(stream)

/** Neighbours behind the filter: the client leaves when the filter has let go of this part of the request. */
const BEHIND: readonly (readonly [string, HttpFilter])[] = [
  ['request headers', { onRequestHeaders: gone }],
  ['first request data', { onRequestData: gone }],
  ['request trailers', { onRequestTrailers: gone }],
]

/** Neighbours in front of it: likewise on the response's way back. */
const IN_FRONT: readonly (readonly [string, HttpFilter])[] = [
  ['response headers', { onResponseHeaders: gone }],
  ['first response data', { onResponseData: gone }],
  ['response trailers', { onResponseTrailers: gone }],
]

const TURNS = [0, 1, 2, 3] as const

/** Every moment at which the client of a scene may go away. */
export function abortScenes(scene: Scene): Scene[] {
  return [
    ...BEHIND.map(([part, filter]) => ({ ...scene, name: `client gone after the ${part}`, after: [filter] })),
    ...IN_FRONT.map(([part, filter]) => ({ ...scene, name: `client gone after the ${part}`, before: [filter] })),
    ...TURNS.map((turn) => ({ ...scene, name: 'client gone while the filter waits', abortAfterTurns: turn })),
    { ...scene, name: 'client gone before the upstream answers', upstream: { silent: true }, abortAfterTurns: 3 },
  ]
}
