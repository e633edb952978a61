import { loadAny } from '@nuncio/config'
import { describe, expect, it } from 'vitest'
import { routes } from '../testing/yaml.ts'
import { parseRouteTests } from './parse-tests.ts'
import { runRouteTests } from './run.ts'
import { updateRouteTests, type UpdatedTests } from './update.ts'

const CONFIG = routes(`
  - match: { prefix: /a }
    route: { cluster: a, prefix_rewrite: /b, timeout: 2s }
  - match: { prefix: /r }
    redirect: { path_redirect: /q }`)

function update(text: string, file: string): UpdatedTests {
  const { tests, problems } = parseRouteTests(text, file)
  expect(problems).toEqual([])
  return updateRouteTests(text, runRouteTests(loadAny(CONFIG), [tests!]).results)
}

describe('updateRouteTests', () => {
  it('writes what came out, and keeps everything else as it is', () => {
    const text = `# my tests
tests:
  - request: GET http://x/a/1   # first
    expect:
      cluster: "wrong" # why
      path: '/wrong'
      timeout: 1s
      request_headers: { x-envoy-original-path: /wrong }
  - {request: 'http://x/r', expect: {status: 302, location: wrong}}
`
    const { text: updated, changes } = update(text, 'x.routes.test.yaml')
    expect(changes).toBe(6)
    expect(updated).toBe(`# my tests
tests:
  - request: GET http://x/a/1   # first
    expect:
      cluster: "a" # why
      path: '/b/1'
      timeout: 2s
      request_headers: { x-envoy-original-path: /a/1 }
  - {request: 'http://x/r', expect: {status: 301, location: http://x/q}}
`)
    expect(update(updated, 'x.routes.test.yaml').changes).toBe(0)
  })

  it('adds what to expect to tests that expect nothing', () => {
    const text = `tests:\n- request: http://x/a\n  headers:\n    x-a: "1" # one\n\n- {request: http://x/none}\n`
    expect(update(text, 'x.routes.test.yaml').text).toBe(
      `tests:\n- request: http://x/a\n  headers:\n    x-a: "1"\n  expect: { cluster: a, path: /b } # one\n\n- {request: http://x/none, expect: { status: 404 }}\n`,
    )
  })

  it("updates Envoy's JSON, trailing commas and all", () => {
    const text = `{ "tests": [ { "test_name": "t", "input": { "authority": "x", "path": "/a", "method": "GET" }, "validate": { "cluster_name": "", "path_rewrite": "/x", }, }, ], }\n`
    expect(update(text, 'tests.json').text).toBe(
      text.replace('"cluster_name": ""', '"cluster_name": "a"').replace('"/x"', '"/b"'),
    )
  })

  it('quotes what YAML would take for something else', () => {
    const text = `tests:\n- request: http://x/a\n  expect: { cluster: b }\n`
    const config = loadAny(routes(`- { match: { prefix: / }, route: { cluster: "yes" } }`))
    const results = runRouteTests(config, [parseRouteTests(text).tests!]).results
    expect(updateRouteTests(text, results).text).toContain('cluster: "yes"')
  })
})
