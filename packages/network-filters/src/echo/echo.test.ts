import { once } from 'node:events'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const FILTERS = `
- name: echo
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }`

test('sends back what comes and closes when the client has said all', async () => {
  await using bench = await new NetworkBench().listen(FILTERS)
  const client = bench.connect({ allowHalfOpen: true })
  let text = ''
  client.on('data', (chunk: Buffer) => (text += chunk.toString()))
  client.write('one ')
  await bench.until(() => text === 'one ')
  client.end('two')
  await once(client, 'close')
  expect(text).toBe('one two')
})

test('sends back more than any buffer holds', async () => {
  await using bench = await new NetworkBench().listen(FILTERS)
  const client = bench.connect({ allowHalfOpen: true })
  let length = 0
  client.on('data', (chunk: Buffer) => (length += chunk.length))
  client.end(Buffer.alloc(16 << 20))
  await once(client, 'close')
  expect(length).toBe(16 << 20)
})
