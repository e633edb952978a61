import { describe, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap, lineOf } from './test-support/bootstrap.ts'

const MUTATION = 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3'

/** A cluster that has the filter `own` on each try. */
const OWN = `typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http_protocol_options: {} }
    http_filters:
      - { name: own, typed_config: { '@type': ${MUTATION}.HeaderMutation, mutations: {} } }
      - { name: codec, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec } }`

/** What a route says to it. */
const saying = (config: string, cluster = 'app'): string => `- match: { prefix: / }
  route: { cluster: ${cluster} }
  typed_per_filter_config: { own: { '@type': ${config} } }`
const WRONG = saying('type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy')
const RIGHT = saying(`${MUTATION}.HeaderMutationPerRoute`)

const MESSAGE = 'the filter envoy.filters.http.header_mutation takes'

describe('what a route says to a filter of a cluster', () => {
  test('is refused at start when it makes no sense, with its line', async () => {
    const text = bootstrap({ cluster: OWN, routes: WRONG })
    const refused = createServer(text, { file: 'a.yaml' })
    await expect(refused).rejects.toMatchObject({
      problems: [{ message: expect.stringContaining(MESSAGE), line: lineOf(text, 'typed_per_filter_config') }],
    })
  })

  test('is refused by a reload too, of routes alone or with the cluster', async () => {
    await using server = await createServer(bootstrap({ cluster: OWN, routes: RIGHT }))
    const wrong = bootstrap({ cluster: OWN, routes: WRONG })
    expect(await server.reload(wrong)).toMatchObject({ outcome: 'rejected', problems: [{ message: expect.stringContaining(MESSAGE) }] }) // prettier-ignore
    await using plain = await createServer(bootstrap())
    expect(await plain.reload(wrong)).toMatchObject({ outcome: 'rejected', problems: [{ message: expect.stringContaining(MESSAGE) }] }) // prettier-ignore
  })

  test('is told once, though the connection manager has such a filter too', async () => {
    const filters = `- { name: own, typed_config: { '@type': ${MUTATION}.HeaderMutation, mutations: {} } }`
    const refused = createServer(bootstrap({ cluster: OWN, routes: WRONG, filters }))
    await expect(refused).rejects.toMatchObject({ problems: { length: 1 } })
  })

  test('is nothing to it where the route goes to another cluster', async () => {
    const other = '    - { name: other, load_assignment: { cluster_name: other, endpoints: [] } }'
    const routes = saying('type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy', 'other')
    await using server = await createServer(bootstrap({ cluster: OWN, routes, more: other }))
    expect(server.problems).toEqual([])
  })
})
