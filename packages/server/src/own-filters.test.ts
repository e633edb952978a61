import { message, required, string } from '@nuncio/config'
import { defineHttpFilter, type HttpFilterDefinition } from '@nuncio/filter-chain'
import { describe, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import type { ConfigurationError } from './load-configuration.ts'
import { bootstrap, lineOf } from './test-support/bootstrap.ts'
import { exchange, get } from './test-support/raw-origin.ts'

interface Stamp {
  readonly text?: string
}

const stamp: HttpFilterDefinition<Stamp> = {
  name: 'example.stamp',
  config: {
    type: 'example.v1.Stamp',
    honours: { ['example.v1.Stamp' as 'nuncio.Stamp']: '*' },
    messages: { 'example.v1.Stamp': { f: { text: { t: 'string', n: 1 } } } },
  },
  stability: 'stable',
  terminal: false,
  create: (config) => () => ({
    onResponseHeaders: (headers) => {
      headers.set('x-stamp', config.text ?? '')
    },
  }),
}

const CORS = 'envoy.extensions.filters.http.cors.v3.Cors'
const replacement: HttpFilterDefinition<object> = {
  name: 'example.cors',
  config: { type: CORS, honours: { [CORS]: '*' } },
  stability: 'stable',
  terminal: false,
  create: () => () => ({
    onResponseHeaders: (headers) => {
      headers.set('x-replaced', 'yes')
    },
  }),
}

function withFilter(config: string): string {
  return bootstrap({
    filters: `- { name: given, typed_config: ${config} }`,
    routes: '- { match: { prefix: / }, direct_response: { status: 200 } }',
  })
}

describe('a filter that the user gives', () => {
  test('has a configuration of its own for routes', async () => {
    const perRoute = defineHttpFilter({
      name: 'example.per_route',
      config: message('example.v1.PerRoute', {}),
      routeConfig: message('example.v1.PerRouteText', { text: required(string()) }),
      createRoute: (config) => config as { readonly text: string },
      stability: 'stable',
      create: (_config, context) => () => ({
        onResponseHeaders: (headers, stream) => headers.set('x-plan', context.routeConfig(stream)?.text ?? 'none'),
      }),
    })
    const text = bootstrap({
      filters: "- { name: given, typed_config: { '@type': type.googleapis.com/example.v1.PerRoute } }",
      routes: `- match: { prefix: /gold }
  direct_response: { status: 200 }
  typed_per_filter_config: { given: { '@type': type.googleapis.com/example.v1.PerRouteText, text: gold } }
- { match: { prefix: / }, direct_response: { status: 200 } }`,
    })
    const httpFilters = [perRoute]
    await using server = await createServer(text, { httpFilters })
    const { port } = server.listeners[0]!
    expect(await exchange(port, get('/gold'))).toContain('x-plan: gold\r\n')
    expect(await exchange(port, get('/'))).toContain('x-plan: none\r\n')
    const wrong = text.replace('text: gold', 'txet: gold')
    const error = await createServer(wrong, { httpFilters }).catch((thrown: unknown) => thrown)
    expect((error as ConfigurationError).problems[0]).toMatchObject({ line: lineOf(wrong, 'txet') })
  })

  test('has a configuration of its own type, checked as every other', async () => {
    const httpFilters = [stamp]
    await using server = await createServer(withFilter(`{ '@type': type.googleapis.com/example.v1.Stamp, text: hi }`), {
      httpFilters,
    })
    expect(await exchange(server.listeners[0]!.port, get('/'))).toContain('x-stamp: hi\r\n')
    const wrong = withFilter(`{ '@type': type.googleapis.com/example.v1.Stamp, txet: hi }`)
    const error = await createServer(wrong, { httpFilters }).catch((thrown: unknown) => thrown)
    expect((error as ConfigurationError).problems[0]).toMatchObject({
      code: 'unknown-field',
      line: lineOf(wrong, 'txet'),
    })
  })

  test('replaces the built-in one of the same type', async () => {
    const text = withFilter(`{ '@type': type.googleapis.com/${CORS} }`)
    await using server = await createServer(text, { httpFilters: [replacement] })
    expect(await exchange(server.listeners[0]!.port, get('/'))).toContain('x-replaced: yes\r\n')
  })
})
