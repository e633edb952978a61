import fc from 'fast-check'
import { expect, test } from 'vitest'
import { request, virtualHost } from './arbitraries.ts'
import { documentOf } from './pairs.ts'
import { smaller } from './smaller.ts'

test('a pair is made smaller by one optional part at a time', () => {
  const host = { routes: [{ match: { prefix: '/', case_sensitive: false }, route: { cluster: 'a' } }] }
  const asked = { method: 'GET', listener: 'main', path: '/', headers: { 'x-pick': '1' } }
  expect(smaller({ host, request: asked })).toEqual([
    { host: { routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }] }, request: asked },
  ])
})

test('whatever is generated is a document, one virtual host for each pair', () => {
  const pairs = fc.sample(fc.record({ host: virtualHost, request }), { seed: 1, numRuns: 20 })
  const { document } = documentOf('generated/test', pairs)
  expect([document.cases.length, document.config.virtual_hosts?.length]).toEqual([20, 20])
})
