import { type SocketAddress } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { InternalListeners, type InternalTaker } from './internal-listeners.ts'

interface Taken {
  readonly socket: Socket
  readonly local: SocketAddress
  readonly remote: SocketAddress
}

class Taker implements InternalTaker {
  readonly taken: Taken[] = []
  onInternalConnection(socket: Socket, local: SocketAddress, remote: SocketAddress): void {
    this.taken.push({ socket, local, remote })
  }
}

function connect(to: InternalListeners, name: string, endpointId = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = to.connect(name, endpointId, { allowHalfOpen: true }, () => resolve(socket!))
    if (socket === undefined) reject(new Error('nobody'))
  })
}

test('a connection goes to the listener of its name, and both sides see the addresses of Envoy', async () => {
  const internal = new InternalListeners(new FakeTime())
  const [a, b] = [new Taker(), new Taker()]
  await Promise.all([internal.register('a', a), internal.register('b', b)])
  const socket = await connect(internal, 'b', 'e1')
  expect(a.taken).toEqual([])
  const [{ socket: other, local, remote }] = b.taken as [Taken]
  expect([local.address, remote.address]).toEqual(['envoy://b/e1', 'envoy://internal_client_address/'])
  socket.write('ping')
  expect(String((await once(other, 'data'))[0])).toBe('ping')
  other.destroy()
  socket.destroy()
  internal.unregister('a', a)
  internal.unregister('b', b)
})

test('there is no way to a listener that is not there, or not there any more', async () => {
  const internal = new InternalListeners(new FakeTime())
  const [first, second] = [new Taker(), new Taker()]
  await internal.register('a', first)
  expect(internal.connect('b', '', {}, () => {})).toBeUndefined()
  await internal.register('a', second)
  internal.unregister('a', first)
  const socket = await connect(internal, 'a')
  expect([first.taken.length, second.taken.length]).toEqual([0, 1])
  for (const end of [socket, second.taken[0]!.socket]) end.destroy()
  internal.unregister('a', second)
  expect(internal.connect('a', '', {}, () => {})).toBeUndefined()
  await internal.register('a', first)
  for (const end of [await connect(internal, 'a'), first.taken[0]!.socket]) end.destroy()
  internal.unregister('a', first)
})

test('a stranger, who knows no token, is not let in', async () => {
  const internal = new InternalListeners(new FakeTime())
  const taker = new Taker()
  await internal.register('a', taker)
  const stranger = createConnection({ path: internal.path })
  stranger.on('error', () => {})
  stranger.write('0123456789abcdef and more')
  await once(stranger, 'close')
  expect(taker.taken).toEqual([])
  internal.unregister('a', taker)
})
