// Run with `node --conditions=@nuncio/source packages/http-codec/src/http1/exchange.bench.ts`.
import { bench, group, run } from 'mitata'
import { ClientConnection } from './client-connection.ts'
import type { CodecSocket } from '../batched-socket.ts'
import { Relay } from '../testing/relay.ts'

/** A socket that takes everything and keeps nothing: what is left is the codec. */
class NullSocket implements CodecSocket {
  readonly writableLength = 0
  readonly destroyed = false
  data: ((bytes: Buffer) => void) | undefined = undefined
  write(): boolean {
    return true
  }
  cork(): void {}
  uncork(): void {}
  end(): void {}
  destroy(): void {}
  pause(): void {}
  resume(): void {}
  on(event: string, listener: (bytes: Buffer) => void): this {
    if (event === 'data') this.data = listener
    return this
  }
}

const REQUEST = Buffer.from(
  'GET /api/v1/things?page=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) bench/1.0\r\n' +
    'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n' +
    'Cookie: session=0123456789abcdef0123456789abcdef\r\nCache-Control: no-cache\r\n\r\n',
  'latin1',
)
const response = (size: number): Buffer =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 11:51:06 GMT\r\nContent-Type: text/plain\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`,
    'latin1',
  )
const chunked = Buffer.from(
  `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n${'x'.repeat(1024)}\r\n0\r\n\r\n`,
  'latin1',
)

function exchange(answer: Buffer): () => void {
  const up = new NullSocket()
  const relay = new Relay((owner) => ClientConnection.over(up, '', owner, owner.options, owner.batch, false))
  const down = new NullSocket()
  relay.accept(down, false)
  return () => {
    down.data!(REQUEST)
    up.data!(answer)
  }
}

group('one request through server and client connection, without sockets', () => {
  bench('1 KiB', exchange(response(1024)))
  bench('1 KiB in a chunk', exchange(chunked))
  bench('16 KiB', exchange(response(16_384)))
})

await run()
