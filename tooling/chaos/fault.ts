import type { SeededRandom } from '@nuncio/core'

/** What an origin does to the requests that reach it. */
export type Fault =
  | { readonly kind: 'none' }
  /** Nothing listens, and open connections are reset. */
  | { readonly kind: 'killed' }
  /** Requests are read and never answered. */
  | { readonly kind: 'paused' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'status'; readonly code: number }
  /** The connection is reset, or ended, after so many bytes of the response; 0 = before the first. */
  | { readonly kind: 'broken'; readonly atByte: number; readonly how: 'reset' | 'end' }
  /** The name does not resolve to it any more. */
  | { readonly kind: 'out of DNS' }

export const NO_FAULT: Fault = { kind: 'none' }

/** A head is about this long: breaks at earlier bytes can be hidden from the client by another try. */
const HEAD_BYTES = 120

/** Any fault with the same chance. */
export function drawFault(random: SeededRandom): Fault {
  const draw = (below: number): number => random.uint32() % below
  switch (draw(7)) {
    case 0:
      return { kind: 'killed' }
    case 1:
      return { kind: 'paused' }
    case 2:
      return { kind: 'slow', ms: 20 + draw(150) }
    case 3:
      return { kind: 'status', code: 500 + draw(5) }
    case 4:
      return { kind: 'out of DNS' }
    default:
      // Half of the breaks are in the head, the others anywhere.
      return {
        kind: 'broken',
        atByte: draw(draw(2) === 0 ? HEAD_BYTES : 40_000),
        how: draw(2) === 0 ? 'reset' : 'end',
      }
  }
}
