import type { Cue, RawPiece } from '../model/document.ts'
import { eventually, pause } from './waiting.ts'

const PATIENCE_MS = 10_000

/** What pieces are written to: a socket or a stream of HTTP/2. */
export interface Writable {
  write(text: string, encoding: 'latin1'): unknown
  end(): unknown
}

/** Settles once something has happened. */
export type When = (cue: Cue) => Promise<unknown>

/** What a client sees of a connection. */
export interface View {
  /** What has come so far. */
  come(): string
  /** Whether the other side has closed. */
  over(): boolean
}

/** Sends and waits as the pieces say. */
export async function playPieces(pieces: readonly RawPiece[], to: Writable, view: View, when: When): Promise<void> {
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      to.write(piece, 'latin1')
      // Most likely it goes in a packet of its own, which matters to no case.
      await pause(1)
    } else if ('until' in piece) await come(piece.until, view, when)
    else if ('closed' in piece) await eventually(PATIENCE_MS, () => view.over(), 2)
    else if ('wait' in piece) await pause(piece.wait)
    else to.end()
  }
}

async function come(what: string | Cue, view: View, when: When): Promise<void> {
  if (typeof what === 'string') await eventually(PATIENCE_MS, () => view.come().includes(what) || view.over(), 2)
  else await when(what)
}
