import type { RawPiece } from '../model/document.ts'
import { eventually, pause } from './waiting.ts'

const PATIENCE_MS = 3000

/** What pieces are written to: a socket or a stream of HTTP/2. */
export interface Writable {
  write(text: string, encoding: 'latin1'): unknown
  end(): unknown
}

/** Sends and waits as the pieces say; `come` is what has come so far. */
export async function playPieces(
  pieces: readonly RawPiece[],
  to: Writable,
  come: () => string,
  over: () => boolean,
): Promise<void> {
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      to.write(piece, 'latin1')
      await pause(1)
    } else if ('until' in piece) await eventually(PATIENCE_MS, () => come().includes(piece.until) || over(), 2)
    else if ('wait' in piece) await pause(piece.wait)
    else to.end()
  }
}
