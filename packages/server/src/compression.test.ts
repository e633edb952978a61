import { once } from 'node:events'
import { createServer as createOrigin, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap } from './test-support/bootstrap.ts'

const FILTER = 'type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor'
const LIBRARY = 'type.googleapis.com/envoy.extensions.compression'

function config(library: string): string {
  return bootstrap({
    filters: `
- name: compressor
  typed_config:
    '@type': ${FILTER}
    compressor_library: { name: text, typed_config: { '@type': ${LIBRARY}.${library} } }
    response_direction_config: { common_config: { content_type: [text/event-stream] } }`,
  })
}

test.each([
  ['gzip.compressor.v3.Gzip', 'gzip', () => zlib.createGunzip()],
  ['brotli.compressor.v3.Brotli', 'br', () => zlib.createBrotliDecompress()],
  ['zstd.compressor.v3.Zstd', 'zstd', () => zlib.createZstdDecompress()],
] as const)(
  'with %s each event of a stream is there before the next one is sent',
  async (library, encoding, reader) => {
    const origin = createOrigin()
    const answering = once(origin, 'request') as Promise<[IncomingMessage, ServerResponse]>
    await once(origin.listen(0, '127.0.0.1'), 'listening')
    const { port } = origin.address() as AddressInfo
    await using server = await createServer(config(library), {
      ports: 'ephemeral',
      endpoints: { app: [`127.0.0.1:${port}`] },
    })
    const call = request({ port: server.listeners[0]!.port, headers: { 'accept-encoding': encoding } }).end()
    const arriving = once(call, 'response') as Promise<[IncomingMessage]>
    const [, events] = await answering
    events.writeHead(200, { 'content-type': 'text/event-stream' })
    events.write('data: 1\n\n')
    const [response] = await arriving
    expect(response.headers['content-encoding']).toBe(encoding)
    const plain = response.pipe(reader())
    for (const next of [2, 3, 4]) {
      const [event] = (await once(plain, 'data')) as [Buffer]
      expect(event.toString()).toBe(`data: ${next - 1}\n\n`)
      events.write(`data: ${next}\n\n`)
    }
    events.end()
    await once(plain, 'end')
    origin.close()
  },
)
