import { encode } from '@nuncio/config'
import { expect, test } from 'vitest'
import { readResponse } from '../read-response.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'

test('a response may be protobuf on the wire', () => {
  const resources = [{ '@type': CLUSTER, name: 'a' }] as const
  const bytes = encode('envoy.service.discovery.v3.DiscoveryResponse', { version_info: '3', resources })
  const read = readResponse(CLUSTER, bytes, { file: 'a.pb' }, true)
  expect(read).toMatchObject({ response: { version: '3', resources: [{ message: { name: 'a' }, problems: [] }] } })
  expect(readResponse(CLUSTER, new Uint8Array([255]), { file: 'a.pb' }, true)).toMatchObject({ readable: false })
})
