import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { RawStep } from '../model/document.ts'
import { clientOptions } from '../wire/certificates.ts'
import { shownBody } from '../wire/observed.ts'
import { eventually, pause } from './waiting.ts'

/** What came over a connection that bytes were sent on. */
export interface ObservedBytes {
  readonly received: string
  readonly fate: 'open' | 'closed' | 'reset'
  readonly tls?:
    | { readonly alpn: string; readonly server: string; readonly version: string }
    | { readonly failed: true }
}

const PATIENCE_MS = 3000

export async function playRaw(port: number, step: RawStep): Promise<ObservedBytes> {
  const at = { port, host: '127.0.0.1', allowHalfOpen: true }
  const socket = step.tls === undefined ? connectTcp(at) : connectTls({ ...at, ...clientOptions(step.tls) })
  const seen = { bytes: '', fate: 'open' as ObservedBytes['fate'], secure: false }
  watch(socket, seen)
  const view = step.tls === undefined ? undefined : await handshake(socket as TLSSocket, seen)
  for (const piece of step.raw) {
    // oxlint-disable no-await-in-loop -- the pieces go one after the other
    if (typeof piece === 'string') {
      socket.write(piece, 'latin1')
      await pause(1)
    } else if ('until' in piece)
      await eventually(PATIENCE_MS, () => seen.bytes.includes(piece.until) || seen.fate !== 'open', 2)
    else if ('wait' in piece) await pause(piece.wait)
    else socket.end()
    // oxlint-enable no-await-in-loop
  }
  const { until } = step
  if (until === 'closed') await eventually(PATIENCE_MS, () => seen.fate !== 'open', 2)
  else if ('bytes' in until)
    await eventually(PATIENCE_MS, () => seen.bytes.length >= until.bytes || seen.fate !== 'open', 2)
  else await pause(until.ms)
  socket.destroy()
  return { received: shownBody(seen.bytes), fate: seen.fate, ...(view !== undefined && { tls: view }) }
}

function watch(socket: Socket, seen: { bytes: string; fate: ObservedBytes['fate'] }): void {
  socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) => (seen.bytes += chunk.toString('latin1')))
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
