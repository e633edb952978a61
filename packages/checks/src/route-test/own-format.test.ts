import { describe, expect, it } from 'vitest'
import { failuresOf, runTests } from '../testing/route-tests.ts'
import { bootstrap } from '../testing/yaml.ts'
import { parseRouteTests } from './parse-tests.ts'

const CONFIG = bootstrap({
  manager: 'normalize_path: true\nstrip_any_host_port: true\nhttp_protocol_options: { accept_http_10: true }',
  rest: 'layered_runtime: { layers: [{ name: s, static_layer: { canary: { share: 20 } } }] }',
  routeConfig: `
    virtual_hosts:
    - name: shop
      domains: [shop.example]
      routes:
      - name: canary
        match: { prefix: /, runtime_fraction: { runtime_key: canary.share, default_value: { numerator: 0 } } }
        route: { cluster: a, timeout: 1s }
      - name: old
        match: { path: /old }
        redirect: { https_redirect: true }
      - name: pong
        match: { path: /ping }
        direct_response: { status: 200, body: { inline_string: pöng } }
        response_headers_to_add: [{ header: { key: x-pong, value: "1" } }, { header: { key: x-pong, value: "2" } }]
      - name: main
        match: { prefix: / }
        route: { cluster: a, prefix_rewrite: /v1/ }
        request_headers_to_remove: [x-debug]
        request_headers_to_add: [{ header: { key: x-from, value: "%REQ(:authority)%" } }]`,
})

const one = (test: string): string[] =>
  failuresOf(runTests(CONFIG, `tests:\n- name: t\n${test}`)).map((text) => text.slice(3))

describe('tests in our own format', () => {
  it('go through the connection manager', () => {
    const test = `
  request: GET http://shop.example:8080/a/../b?x=1
  random: 50
  headers: { x-debug: "1", accept: [text/html, text/plain] }
  expect:
    cluster: a
    route: main
    virtual_host: shop
    host: shop.example
    path: /v1/b?x=1
    timeout: 15s
    request_headers: { x-debug: null, x-from: shop.example, accept: [text/html, text/plain], x-envoy-original-path: /b?x=1 }`
    expect(one(test)).toEqual([])
  })

  it('know the runtime of the file, and of tests', () => {
    expect(one('  request: http://shop.example/\n  random: 19\n  expect: { route: canary, timeout: 1s }')).toEqual([])
    expect(one('  request: http://shop.example/\n  random: 20\n  expect: { route: main }')).toEqual([])
    expect(
      one(
        '  request: http://shop.example/\n  random: 99\n  runtime: { canary.share: 100 }\n  expect: { route: canary }',
      ),
    ).toEqual([])
    expect(
      one(
        '  request: http://shop.example/\n  random: 99\n  runtime: { canary: { share: 100 } }\n  expect: { route: canary }',
      ),
    ).toEqual([])
  })

  it('compare answers that the proxy gives itself', () => {
    expect(
      one(
        '  request: http://shop.example/old\n  random: 99\n  expect: { status: 301, location: "https://shop.example/old" }',
      ),
    ).toEqual([])
    expect(
      one(
        '  request: http://shop.example/ping\n  random: 99\n  expect: { status: 200, body: pöng, response_headers: { content-length: "5", x-pong: ["1", "2"], content-type: text/plain } }',
      ),
    ).toEqual([])
    expect(one('  request: http://other.example/\n  expect: { status: 404, cluster: "", route: "" }')).toEqual([])
    expect(one('  request: http://shop.example/%00x\n  expect: { status: 400 }')).toEqual([])
  })

  it('say what came out instead', () => {
    expect(
      one(
        '  request: http://shop.example/\n  random: 99\n  expect: { cluster: b, status: 200, timeout: 3s, request_headers: { x-from: me, x-none: "1" }, response_headers: { a: null } }',
      ),
    ).toEqual([
      'cluster: b / a',
      'status: 200 / the upstream\'s: it is forwarded to cluster "a"',
      'timeout: 3s / 15s',
      'request_headers.x-from: me / shop.example',
      'request_headers.x-none: 1 / absent',
    ])
  })

  it('fail one by one when a request cannot be made', () => {
    expect(one('  request: GET ftp://shop.example/\n  expect: { status: 404 }')).toEqual([
      ':  / "ftp://shop.example/" is no URL to ask about: the scheme ftp is none that an HTTP proxy serves',
    ])
    expect(one('  request: one two three\n  expect: { status: 404 }')[0]).toContain('it holds a blank')
    expect(one('  request: /\n  listener: none\n  expect: { status: 404 }')).toEqual([
      ':  / there is no listener "none" that serves HTTP',
    ])
  })

  it('are called by their request when they have no name', () => {
    const report = runTests(CONFIG, `tests:\n- request: POST http://shop.example/x\n  headers: { a: "it's" }\n`)
    expect(report.results[0]!.name).toBe(`POST http://shop.example/x -H 'a: it'\\''s'`)
    expect(report.results[0]).toMatchObject({ passed: true, checks: 0, suggestion: { cluster: 'a', path: '/x' } })
  })
})

describe('parseRouteTests', () => {
  it('says what is wrong with a file, with its place', () => {
    const { tests, problems } = parseRouteTests(
      'tests:\n- request: GET http://a/\n  expects: { cluster: a }\n',
      'a.routes.test.yaml',
    )
    expect(tests).toBeUndefined()
    expect(problems.map(({ line, column, message, hint }) => `${line}:${column} ${message}, ${hint}`)).toEqual([
      '3:3 unknown field "expects" in RouteTest, did you mean "expect"?',
    ])
    expect(parseRouteTests('tests: []\n', 'x.yaml').problems[0]!.code).toBe('rule')
    expect(parseRouteTests('- a\n', 'x.yaml').problems[0]!.message).toContain('expected an object')
    expect(
      parseRouteTests('tests:\n- test_name: a\n  input: { path: /x }\n  validate: {}\n').problems.map(
        ({ message }) => message,
      ),
    ).toEqual(['"authority" is required in RouterCheck.Input', '"method" is required in RouterCheck.Input'])
  })
})
