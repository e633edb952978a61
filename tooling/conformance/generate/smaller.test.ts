import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cluster } from './clusters.ts'
import { listener } from './listeners.ts'
import { documentOf } from './pairs.ts'
import { replies, request } from './requests.ts'
import { virtualHost } from './routes.ts'
import { smaller } from './smaller.ts'

test('a pair is made smaller by one optional part at a time', () => {
  const host = { routes: [{ match: { prefix: '/', case_sensitive: false }, route: { cluster: 'a' } }] }
  const asked = { method: 'GET', port: '', path: '/', headers: { 'x-pick': '1' } }
  const plain = { host, request: asked, listener: { hcm: { via: 'here' } }, clusters: { x: {}, y: {} } }
  expect(smaller(plain)).toEqual([
    { ...plain, host: { routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }] } },
    { ...plain, listener: {} },
    { ...plain, listener: { hcm: {} } },
  ])
})

test('whatever is generated is a document, with a listener and two clusters for each pair beside those of the origins', () => {
  const clusters = fc.record({ x: cluster, y: cluster })
  const pairs = fc.sample(fc.record({ host: virtualHost, request, replies, listener, clusters }), {
    seed: 1,
    numRuns: 20,
  })
  const { cases, config } = documentOf('generated/test', pairs).document
  expect([cases.length, Object.keys(config.variants!).length, Object.keys(config.clusters!).length]).toEqual([
    20, 20, 45,
  ])
})
