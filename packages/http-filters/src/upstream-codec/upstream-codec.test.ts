import { buildHttpFilterChain, type ChainKind, type HttpFilterDefinition } from '@nuncio/filter-chain'
import { describe, expect, test } from 'vitest'
import { buffer } from '../buffer/index.ts'
import { cors } from '../cors/index.ts'
import { router } from '../router/index.ts'
import { upstreamCodec } from './index.ts'

const definitions = [upstreamCodec, buffer, cors, router] as unknown as readonly HttpFilterDefinition[]

/** What is wrong with a chain of these filters. */
function problems(kind: ChainKind, ...filters: readonly { readonly config: { readonly type: string } }[]): string[] {
  const messages: string[] = []
  const environment = {
    definitions,
    path: 'filters',
    report: ({ path, message }: { path: string; message: string }) => void messages.push(`${path}: ${message}`),
    logger: { child: () => undefined },
  }
  buildHttpFilterChain(
    filters.map(({ config }) => ({ typed_config: { '@type': config.type, max_request_bytes: 1 } })),
    environment as never,
    kind,
  )
  return messages
}

describe('upstream_codec', () => {
  test('ends a chain on tries, behind filters that may stand there', () => {
    expect(problems('upstream', buffer, upstreamCodec)).toEqual([])
    expect(problems('upstream', buffer)).toEqual(['filters[0]: the last filter of a chain must be a terminal one'])
  })

  test('refuses filters that are for requests of clients, the router among them', () => {
    expect(problems('upstream', cors, router, upstreamCodec)).toEqual([
      'filters[0]: there is no upstream HTTP filter for envoy.extensions.filters.http.cors.v3.Cors',
      'filters[1]: there is no upstream HTTP filter for envoy.extensions.filters.http.router.v3.Router',
    ])
  })

  test('is no filter for requests of clients', () => {
    expect(problems('downstream', upstreamCodec)).toEqual([
      'filters[0]: there is no HTTP filter for envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec',
    ])
  })
})
