import type { Socket } from 'node:net'
import { GrowingBuffer } from '../../growing-buffer.ts'
import { type ClientHello, MAX_CLIENT_HELLO_BYTES, readClientHello } from '@nuncio/tls'

/** What stands at the beginning of a connection: a hello, something else, or the peer was gone before it could be told. */
export type Peeked = ClientHello | 'other' | 'closed'

/** Looks at the client's hello and puts its bytes back. Calls back once, never before it returned. */
export function peekClientHello(socket: Socket, onPeeked: (peeked: Peeked) => void): void {
  const data = new GrowingBuffer()
  let need = 1
  const finish = (peeked: Peeked): void => {
    socket.removeListener('readable', onReadable)
    socket.removeListener('end', onGone)
    socket.removeListener('close', onGone)
    if (peeked !== 'closed') socket.unshift(data.bytes)
    onPeeked(peeked)
  }
  const onGone = (): void => finish('closed')
  function onReadable(): void {
    let chunk: Buffer | null
    while ((chunk = socket.read() as Buffer | null) !== null) {
      data.append(chunk)
      if (data.length < need) continue
      const reading = readClientHello(data.bytes)
      if (typeof reading !== 'number' || reading > MAX_CLIENT_HELLO_BYTES)
        return finish(typeof reading === 'object' ? reading : 'other')
      need = reading
    }
  }
  socket.on('readable', onReadable)
  socket.on('end', onGone)
  socket.on('close', onGone)
}
