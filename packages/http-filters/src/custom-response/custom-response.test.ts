import { localReply } from '@nuncio/filter-chain'
import { FilterBench, type RunOptions, type Transcript, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { customResponse } from './index.ts'

const LOCAL = 'type.googleapis.com/envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy'
/** A matcher that replaces responses of a status by a policy. */
const when = (status: string, policy: string, type = LOCAL): string => `
custom_response_matcher:
  matcher_list:
    matchers:
    - predicate:
        single_predicate:
          input: { name: status, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput } }
          value_match: { exact: "${status}" }
      on_match: { action: { name: a, typed_config: { "@type": type.googleapis.com/${type}, ${policy} } } }
`
const TYPE = '"@type": type.googleapis.com/envoy.extensions.filters.http.custom_response.v3.CustomResponse'
const platform = { environment: () => undefined, readFile: () => new Uint8Array(0) } as never
const FAILED: UpstreamAnswer = { status: 503, headers: [['content-type', 'text/html'], ['x-up', '1']], body: ['a long ', 'page'], trailers: [['t', '1']] } // prettier-ignore
const run = (config: string, upstream: UpstreamAnswer = FAILED, options: RunOptions = {}): Promise<Transcript> =>
  new FilterBench(customResponse, { config, platform, upstream, ...options }).run({ path: '/p' })
const seen = (t: Transcript): unknown[] => [t.status, t.body, t.header('content-type'), t.header('x-up')]

describe('envoy.filters.http.custom_response', () => {
  test('puts a body of its own in the place of another one, without details', async () => {
    const t = await run(when('503', 'body: { inline_string: "come again" }'))
    expect(seen(t)).toEqual([503, 'come again', 'text/plain', undefined])
    expect([t.trailers, t.info.details]).toEqual([undefined, ''])
  })
  test('changes the status and adds headers', async () => {
    const policy =
      'status_code: 499, response_headers_to_add: [{ header: { key: x-why, value: "%RESPONSE_CODE% of %REQ(:path)%" } }]'
    const t = await run(when('503', policy))
    expect([t.status, t.body, t.header('x-why')]).toEqual([499, '', '503 of /p'])
  })
  test('formats the body of the local reply that it stands for, where it has none of its own', async () => {
    const policy = 'body_format: { text_format_source: { inline_string: "[%LOCAL_REPLY_BODY%]" } }'
    const answer = localReply(503, 'full', { body: 'too much' })
    const after = [{ onRequestHeaders: () => answer }]
    expect((await run(when('503', policy), FAILED, { after })).body).toBe('[too much]')
    expect((await run(when('503', policy))).body).toBe('[]')
  })
  test('knows what a local reply to gRPC said, which has no body', async () => {
    const policy = 'body_format: { text_format_source: { inline_string: "[%LOCAL_REPLY_BODY%]" } }'
    const after = [{ onRequestHeaders: () => localReply(503, 'full', { body: 'too much' }) }]
    const config = when('503', policy)
    const bench = new FilterBench(customResponse, { config: config.replace('"503"', '"200"'), platform, after })
    const answer = await bench.run({ headers: [['content-type', 'application/grpc']] })
    expect([answer.status, answer.body, answer.header('grpc-message')]).toEqual([200, '', '[too much]'])
  })
  test('formats its body', async () => {
    const policy =
      'body: { inline_string: sorry }, body_format: { json_format: { message: "%LOCAL_REPLY_BODY%", path: "%REQ(:path)%" } }'
    const t = await run(when('503', policy))
    expect([JSON.parse(t.body), t.header('content-type')]).toEqual([
      { message: 'sorry', path: '/p' },
      'application/json',
    ])
  })
  test('leaves other responses alone', async () => {
    const t = await run(when('500', 'body: { inline_string: x }'))
    expect(seen(t)).toEqual([503, 'a long page', 'text/html', '1'])
  })
  test('goes by the nearest level that has an answer', async () => {
    const level = (status: string, body: string): string =>
      `${TYPE}\n${when(status, `body: { inline_string: ${body} }`)}`
    const own = when('503', 'body: { inline_string: own }')
    expect((await run(own, FAILED, { routeConfigs: [level('503', 'route'), level('503', 'host')] })).body).toBe('route')
    expect((await run(own, FAILED, { routeConfigs: [level('500', 'route'), level('503', 'host')] })).body).toBe('host')
    expect((await run(own, FAILED, { routeConfigs: [level('500', 'route')] })).body).toBe('own')
    expect((await run('{}', FAILED)).body).toBe('a long page')
  })
})
