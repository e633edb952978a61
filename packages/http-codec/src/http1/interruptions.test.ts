import { describe, expect, it } from 'vitest'
import { MemoryRelay } from '../testing/memory-relay.ts'

const REQUEST =
  'POST /p HTTP/1.1\r\nHost: a.test\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\nworld!\r\n0\r\nX-T: 1\r\n\r\n'
const RESPONSE =
  'HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-B: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n'

const ends = {
  FIN: (socket: { pushEnd(): void }) => socket.pushEnd(),
  RST: (socket: { pushReset(): void }) => socket.pushReset(),
}

/** Nothing is left over: no stream, no connection that is not idle. */
async function expectSettled({ relay, client, upstreams }: MemoryRelay): Promise<void> {
  for (let i = 0; i < 4; i++) await Promise.resolve()
  if (client.destroyed) expect(relay.connections.size).toBe(0)
  for (const upstream of upstreams) {
    const busy = !upstream.destroyed && relay.idle.every((connection) => connection.socket !== upstream)
    expect(busy).toBe(false)
  }
}

describe.each(Object.entries(ends))('%s', (_, end) => {
  it('from the client after any byte of a request leaves nothing behind', async () => {
    for (let at = 0; at <= REQUEST.length; at++) {
      const world = new MemoryRelay()
      world.client.push(REQUEST.slice(0, at))
      end(world.client)
      for (const upstream of world.upstreams) if (!upstream.destroyed) upstream.push(RESPONSE)
      if (at < REQUEST.length) expect(world.client.sent, `at ${at}`).toBe('')
      await expectSettled(world)
    }
    expect.hasAssertions()
  })

  it('from the client after any byte of a response leaves nothing behind', async () => {
    for (let at = 0; at <= RESPONSE.length; at++) {
      const world = new MemoryRelay()
      world.client.push(REQUEST)
      world.upstreams[0]!.push(RESPONSE.slice(0, at))
      end(world.client)
      world.upstreams[0]!.push(RESPONSE.slice(at))
      await expectSettled(world)
    }
    expect.hasAssertions()
  })

  it('from the upstream after any byte of a response is told to the client', async () => {
    for (let at = 0; at < RESPONSE.length; at++) {
      const world = new MemoryRelay()
      world.client.push(REQUEST)
      world.upstreams[0]!.push(RESPONSE.slice(0, at))
      end(world.upstreams[0]!)
      const { sent } = world.client
      if (sent.includes('200 OK')) expect(world.client.destroyed, `at ${at}`).toBe(true)
      else expect(sent, `at ${at}`).toContain('502 Bad Gateway')
      expect(sent).not.toContain('0\r\n\r\n'.padStart(9, 'z'))
      await expectSettled(world)
      if (!world.client.destroyed) {
        world.client.push('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
        expect(world.upstreams).toHaveLength(2)
        world.upstreams[1]!.push('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext')
        expect(world.client.sent.endsWith('next')).toBe(true)
      }
    }
  })

  it('from the upstream after any byte of a request answers or resets', async () => {
    for (let at = REQUEST.indexOf('\r\n\r\n') + 4; at < REQUEST.length; at++) {
      const world = new MemoryRelay()
      world.client.push(REQUEST.slice(0, at))
      end(world.upstreams[0]!)
      world.client.push(REQUEST.slice(at))
      expect(world.client.sent).toContain('502 Bad Gateway')
      await expectSettled(world)
    }
    expect.hasAssertions()
  })
})

describe('bytes that nobody expects', () => {
  it('from the upstream after any byte of a request never become the next answer', async () => {
    const POISON = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
    const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
    for (let at = REQUEST.indexOf('\r\n\r\n') + 4; at <= REQUEST.length; at++) {
      const world = new MemoryRelay()
      world.client.push(REQUEST.slice(0, at))
      world.upstreams[0]!.push(POISON + POISON)
      world.client.push(REQUEST.slice(at))
      await expectSettled(world)
      expect(world.upstreams[0]!.destroyed).toBe(true)
      world.client.push('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
      for (const upstream of world.upstreams.slice(1)) upstream.push(NEXT)
      expect(world.client.sent.match(/poison/g)).toHaveLength(1)
      expect(world.client.sent.endsWith(at < REQUEST.length ? 'poison' : 'next')).toBe(true)
    }
  })
})
