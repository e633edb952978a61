import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { describe, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap } from './test-support/bootstrap.ts'
import { exchange, get } from './test-support/raw-origin.ts'

/** Writes into the response which routes it saw: at first, after a change of headers, and after a clearing. */
const asking: HttpFilterDefinition<object> = {
  name: 'example.asking',
  config: {
    type: 'example.v1.Asking',
    honours: { ['example.v1.Asking' as 'nuncio.Asking']: '*' },
    messages: { 'example.v1.Asking': { f: {} } },
  },
  stability: 'stable',
  terminal: false,
  create: () => () => {
    const seen: string[] = []
    return {
      onRequestHeaders: (headers, stream) => {
        const look = (): void => void seen.push(stream.route()?.name ?? 'none')
        look()
        headers.set('x-team', headers.get('x-next') ?? '')
        look()
        stream.clearRouteCache()
        look()
      },
      onResponseHeaders: (headers) => headers.set('x-seen', seen.join(' ')),
    }
  },
}

const CONFIG = bootstrap({
  filters: "- { name: asking, typed_config: { '@type': type.googleapis.com/example.v1.Asking } }",
  routes: `
- { name: red, match: { prefix: /, headers: [{ name: x-team, string_match: { exact: red } }] }, direct_response: { status: 200 } }
- { name: half, match: { prefix: /split, runtime_fraction: { default_value: { numerator: 50 } } }, direct_response: { status: 201 } }
- { name: rest, match: { prefix: / }, direct_response: { status: 202 } }`,
})

describe('the route of a request', () => {
  test('is chosen once, and again when a filter clears it', async () => {
    await using server = await createServer(CONFIG, { httpFilters: [asking] })
    const answer = await exchange(server.listeners[0]!.port, get('/', 'x-next: red\r\n'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('x-seen: rest rest red\r\n')
  })

  test('is chosen by the same random number each time', async () => {
    await using server = await createServer(CONFIG, { httpFilters: [asking] })
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => exchange(server.listeners[0]!.port, get('/split'))),
    )
    const seen = new Set(answers.map((answer) => /x-seen: (.*)\r/.exec(answer)![1]))
    expect(seen).toEqual(new Set(['half half half', 'rest rest rest']))
  })
})
