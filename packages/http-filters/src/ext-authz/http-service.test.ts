import { latin1Bytes, responseHeaders } from '@nuncio/core'
import type { SideResponse } from '@nuncio/filter-chain'
import type { Pairs } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { run } from './testing/authz-run.ts'

describe('with an HTTP service', () => {
  const service = (more = ''): string => `http_service:
  server_uri: { uri: http://authz.example, cluster: authz, timeout: 0.5s }
  path_prefix: /check
  authorization_request: { headers_to_add: [{ key: x-add, value: "v%REQ(x-a)%" }] }
  authorization_response:
    allowed_upstream_headers: { patterns: [{ prefix: x-u }] }
    allowed_upstream_headers_to_append: { patterns: [{ prefix: x-p }] }
    allowed_client_headers_on_success: { patterns: [{ prefix: x-c }] }
    dynamic_metadata_from_headers: { patterns: [{ prefix: x-m }] }
${more}`
  const response = (status: number, headers: Pairs = [], body = ''): SideResponse => ({
    status, headers: responseHeaders(status, headers), body: latin1Bytes(body), grpcStatus: -1, grpcMessage: '',
  }) // prettier-ignore

  test('asks with method, path, host, authorization and what is allowed', async () => {
    const headers: Pairs = [['x-a', '7'], ['x-b', '8'], ['authorization', 'secret'], ['connection', 'close']] // prettier-ignore
    const t = await run(response(200), {
      config: `${service()}\nallowed_headers: { patterns: [{ exact: x-a }, { exact: connection }] }`,
      request: { method: 'PUT', path: '/a?b', authority: 'shop', headers },
    })
    const { request } = t.asked[0]!
    expect([request.method, request.path, request.authority, request.timeoutMs]).toEqual([
      'PUT',
      '/check/a?b',
      'shop',
      500,
    ])
    expect(request.headers).toEqual([['x-a', '7'], ['authorization', 'secret'], ['x-add', 'v7'], ['content-length', '0']]) // prettier-ignore
  })

  test('tells a header that came twice in one line', async () => {
    const headers: Pairs = [['x-a', '7'], ['x-a', '8']] // prettier-ignore
    const config = `${service()}\nallowed_headers: { patterns: [{ exact: x-a }] }`
    const t = await run(response(200), { config, request: { headers } })
    expect(t.asked[0]!.request.headers).toContainEqual(['x-a', '7,8'])
  })

  test.each([
    ['', 403],
    ['failure_mode_allow: true', 200],
  ])('without a server_uri asks nobody, which counts as no answer (%s)', async (more, status) => {
    const t = await run(response(200), { config: `http_service: {}\n${more}` })
    expect([t.status, t.asked, t.problems]).toEqual([status, [], ['without a server_uri nobody is asked']])
  })

  test('asks under a span of its own, which says what was decided', async () => {
    const t = await run(response(403), { config: service() })
    expect(t.asked[0]!.request.span).toBe(t.spans[1])
    expect(t.spans[1]).toMatchObject({
      operation: 'async authz egress',
      attributes: { ext_authz_status: 'ext_authz_unauthorized' },
      ends: 1,
    })
  })

  test('tells the body, with whether it is whole', async () => {
    const config = `${service()}\nwith_request_body: { max_request_bytes: 4, allow_partial_message: true }`
    const t = await run(response(200), { config, request: { method: 'POST', body: '012345' } })
    expect(t.asked[0]?.request.body).toEqual(latin1Bytes('0123'))
    expect(t.asked[0]?.request.headers).toContainEqual(['x-envoy-auth-partial-body', 'true'])
  })

  test('a 200 lets through with the headers that are allowed', async () => {
    const headers: Pairs = [
      ['x-u1', 'u'], ['x-p1', 'p'], ['x-c1', 'c'], ['x-m1', 'm'], ['x-other', 'o'],
      ['x-envoy-auth-headers-to-remove', 'accept, X-Gone,:path'],
    ] // prettier-ignore
    const t = await run(response(200, headers, 'ignored'), {
      config: service(),
      request: { headers: [['x-u1', '1'], ['x-p1', '1'], ['accept', '*/*'], ['x-gone', '1']] }, // prettier-ignore
    })
    expect(t.upstream?.headers).toEqual([['x-u1', 'u'], ['x-p1', '1'], ['x-p1', 'p']]) // prettier-ignore
    expect(t.headers).toEqual([['x-c1', 'c']])
    expect(t.info.metadata?.get('envoy.filters.http.ext_authz')).toEqual({ 'x-m1': 'm', ext_authz_duration: 0 })
  })

  test.each([
    [201, 201, 'ext_authz_denied'],
    [302, 302, 'ext_authz_denied'],
    [401, 401, 'ext_authz_denied'],
    [500, 403, 'ext_authz_error'],
    [503, 403, 'ext_authz_error'],
  ])('a %i is answered with %i, %s', async (status, expected, details) => {
    const t = await run(response(status, [['location', '/l']], 'b'), { config: service() })
    expect([t.status, t.info.details, t.upstream]).toEqual([expected, details, undefined])
    expect([t.header('location'), t.body]).toEqual(details === 'ext_authz_denied' ? ['/l', 'b'] : [undefined, ''])
  })

  test('a denial passes on what is allowed, and never what is about the connection', async () => {
    const headers: Pairs = [['x-a', '1'], ['www-authenticate', 'Basic'], ['connection', 'x-a'], ['transfer-encoding', 'chunked'], ['content-length', '99']] // prettier-ignore
    const all = await run(response(401, headers, 'no'), { config: service() })
    expect(all.headers).toEqual([['x-a', '1'], ['www-authenticate', 'Basic'], ['content-length', '2'], ['content-type', 'text/plain']]) // prettier-ignore
    const config = service('').replace(
      'allowed_upstream_headers:',
      'allowed_client_headers: { patterns: [{ exact: x-b }] }\n    allowed_upstream_headers:',
    )
    const few = await run(response(401, headers, 'no'), { config })
    expect(few.headers.map(([name]) => name)).toEqual(['www-authenticate', 'content-length', 'content-type'])
  })

  test('a path of its own stands in the place of that of the request', async () => {
    const config = service().replace('path_prefix: /check', 'path_override: /over')
    expect((await run(response(200), { config, request: { path: '/a?b' } })).asked[0]?.request.path).toBe('/over')
  })

  test('tries again by its retry policy', async () => {
    const config = service().replace(
      'path_prefix: /check',
      'retry_policy: { retry_on: 5xx, num_retries: 1, retry_back_off: { base_interval: 0.01s } }',
    )
    expect((await run(response(503), { config })).asked.length).toBe(2)
  })
})
