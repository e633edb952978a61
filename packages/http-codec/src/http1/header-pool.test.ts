import { responseHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { RecordingServer } from '../testing/recording-server.ts'
import { releaseHeaders } from './header-pool.ts'

describe('releaseHeaders', () => {
  it('empties the headers, so that a late reader never sees another message', () => {
    const server = new RecordingServer()
    const seen: { get(name: string): string | undefined; readonly size: number }[] = []
    const onRequest = server.onRequest.bind(server)
    server.onRequest = (stream) => {
      const decoder = onRequest(stream)
      decoder.onHeaders = (headers) => {
        seen.push(headers)
        stream.encodeHeaders(responseHeaders(200), true)
        releaseHeaders(headers)
        releaseHeaders(headers)
      }
      return decoder
    }
    server.socket.push(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Secret: one\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Secret: two\r\n\r\n',
    )
    expect(seen).toHaveLength(2)
    for (const headers of seen) expect([headers.size, headers.get('x-secret')]).toEqual([0, undefined])
  })

  it('leaves headers alone that were not received', () => {
    const headers = responseHeaders(200, [['a', 'b']])
    releaseHeaders(headers)
    expect(headers.get('a')).toBe('b')
    expect(() => releaseHeaders({})).not.toThrow()
  })
})
