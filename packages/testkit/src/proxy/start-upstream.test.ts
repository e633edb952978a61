import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startUpstream } from './index.ts'

test('an upstream writes down what it receives and answers what it is told', async () => {
  await using upstream = await startUpstream(
    ({ body }) => new Response(body.toUpperCase(), { headers: { 'x-a': '1' } }),
  )
  const response = await fetch(`${upstream.url}/p?q`, { method: 'PUT', body: 'grüße', headers: { 'x-b': '2' } })
  expect([response.headers.get('x-a'), await response.text()]).toEqual(['1', 'GRÜSSE'])
  expect(upstream.requests).toMatchObject([{ method: 'PUT', path: '/p?q', body: 'grüße' }])
  expect(upstream.requests[0]!.headers.get('x-b')).toBe('2')
})

test('a handler that says nothing answers 200, one that throws 500, one that resets breaks the connection', async () => {
  await using upstream = await startUpstream(({ path }) => {
    if (path === '/throw') throw new TypeError('oops')
    return path === '/reset' ? 'reset' : undefined
  })
  expect((await fetch(upstream.url)).status).toBe(200)
  const thrown = await fetch(`${upstream.url}/throw`)
  expect([thrown.status, await thrown.text()]).toEqual([500, "the upstream's handler threw: TypeError: oops"])
  await expect(fetch(`${upstream.url}/reset`)).rejects.toThrow('fetch failed')
  expect(upstream.requests).toHaveLength(3)
})

test('closing breaks connections and is done once', async () => {
  const upstream = await startUpstream()
  const socket = connect(Number(new URL(upstream.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const gone = once(socket, 'close')
  socket.on('error', () => {})
  await Promise.all([upstream.close(), upstream.close()])
  await gone
  await expect(fetch(upstream.url)).rejects.toThrow('fetch failed')
})
