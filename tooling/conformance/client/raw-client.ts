import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { ClientTls, RawStep } from '../model/document.ts'
import { clientOptions } from '../wire/certificates.ts'
import { type Received, receivedOf } from '../wire/received.ts'
import { playPieces, type When } from './pieces.ts'
import { eventually } from './waiting.ts'

/** What came over a connection that bytes were sent on. */
export interface ObservedBytes extends Received {
  readonly fate: 'open' | 'closed' | 'reset'
  readonly tls?:
    | { readonly alpn: string; readonly server: string; readonly version: string }
    | { readonly failed: true }
}

const PATIENCE_MS = 10_000
/** How long nothing may come before that is quiet too: from whom nothing came yet, or who has said that it closes. */
const SILENCE_MS = 600
const CLOSES = /^connection: close\r$/im

/** A connection to a proxy that bytes are sent on as they are. */
export class RawConnection {
  readonly #socket: Socket
  readonly #seen = { bytes: '', at: 0, fate: 'open' as ObservedBytes['fate'], secure: false }
  readonly #secure: boolean

  constructor(port: number, tls: ClientTls | undefined) {
    const at = { port, host: '127.0.0.1', allowHalfOpen: true }
    this.#secure = tls !== undefined
    this.#socket = tls === undefined ? connectTcp(at) : connectTls({ ...at, ...clientOptions(tls) })
    watch(this.#socket, this.#seen)
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Plays a step; answers what came since the step before it. */
  async play({ raw, until }: RawStep, when: When): Promise<ObservedBytes> {
    const seen = this.#seen
    const over = (): boolean => seen.fate !== 'open'
    const view = this.#secure ? await handshake(this.#socket as TLSSocket, seen) : undefined
    await playPieces(raw, this.#socket, { come: () => seen.bytes, over }, when)
    const began = performance.now()
    if (until === 'closed') await eventually(PATIENCE_MS, over, 2)
    else if (until !== 'now' && 'quiet' in until)
      await eventually(PATIENCE_MS, () => over() || quietFor(seen, began, until.quiet), 2)
    else if (until !== 'now') await eventually(PATIENCE_MS, () => seen.bytes.length >= until.bytes || over(), 2)
    const received = receivedOf(seen.bytes, over())
    seen.bytes = ''
    return { ...received, fate: seen.fate, ...(view !== undefined && { tls: view }) }
  }
}

function quietFor({ bytes, at }: { readonly bytes: string; readonly at: number }, began: number, ms: number): boolean {
  const now = performance.now()
  return now - Math.max(at, began) > (bytes === '' || CLOSES.test(bytes) ? SILENCE_MS : ms)
}

function watch(socket: Socket, seen: { bytes: string; at: number; fate: ObservedBytes['fate'] }): void {
  socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.toString('latin1')
    seen.at = performance.now()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (seen.fate === 'open') seen.fate = error.code === 'ECONNRESET' ? 'reset' : 'closed'
  })
  const onEnd = (): void => {
    if (seen.fate === 'open') seen.fate = 'closed'
  }
  socket.on('end', onEnd)
  socket.on('close', onEnd)
}

async function handshake(
  socket: TLSSocket,
  seen: { fate: ObservedBytes['fate']; secure: boolean },
): Promise<NonNullable<ObservedBytes['tls']>> {
  socket.on('secureConnect', () => (seen.secure = true))
  await eventually(PATIENCE_MS, () => seen.secure || seen.fate !== 'open', 2)
  if (!seen.secure) return { failed: true }
  return {
    alpn: socket.alpnProtocol === false || socket.alpnProtocol === null ? '' : socket.alpnProtocol,
    server: String(socket.getPeerCertificate().subject?.CN ?? ''),
    version: socket.getProtocol() ?? '',
  }
}
