import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KINDS, pairsOf } from './kinds.ts'
import { documentOf, type Pair } from './pairs.ts'
import { partsOf, withoutParts } from './smaller.ts'

const PLAIN: Pair = {
  kind: 'routes',
  host: { routes: [{ match: { prefix: '/', case_sensitive: false }, route: { cluster: 'a' } }] },
  request: { method: 'GET', port: '', path: '/', headers: { 'x-pick': '1' } },
  listener: { hcm: { via: 'here' } },
  clusters: { x: {}, y: {} },
}

test('a pair has parts that may go, the largest first, and parts that may not', () => {
  expect(partsOf(PLAIN)).toEqual([
    ['listener', 'hcm'],
    ['listener', 'hcm', 'via'],
    ['host', 'routes', 0, 'match', 'case_sensitive'],
  ])
})

test('parts are taken away together, and of a list one item stays', () => {
  const routes = [1, 2, 3].map((status) => ({ match: { prefix: '/' }, direct_response: { status } }))
  const smallest = withoutParts({ ...PLAIN, host: { routes } }, [
    ['listener', 'hcm'],
    ['listener', 'hcm', 'via'],
    ['host', 'routes', 0],
    ['host', 'routes', 1],
    ['host', 'routes', 2],
  ])
  expect(smallest).toEqual({ ...PLAIN, host: { routes: routes.slice(0, 1) }, listener: {} })
})

test('whatever is generated is a document, with a listener and two clusters for each pair beside those of the origins', () => {
  for (const kind of Object.keys(KINDS)) {
    const pairs = fc.sample(pairsOf(new RegExp(`^${kind}$`)), { seed: 1, numRuns: 20 })
    const { cases, config } = documentOf(`generated/${kind}`, pairs).document
    const own = Object.keys(config.clusters!).filter((name) => /^[xy]\d+$/.test(name))
    expect([cases.length, Object.keys(config.variants!).length, own.length]).toEqual([20, 20, 40])
  }
})
