import { describe, expect, test } from 'vitest'
import { bareRefusals, supportOf, supportPage } from './support.mjs'

const spec = { f: { name: { t: 'string', n: 1 }, old: { t: 'bool', n: 2 }, size: { t: 'uint32', n: 3 } } }

describe('the support of a message', () => {
  test('is whole where everything is honoured', () => {
    expect(supportOf(spec, '*')).toEqual({
      all: true,
      honoured: ['name', 'old', 'size'],
      noEffect: [],
      unsupported: [],
    })
  })

  test('lists the fields that are not declared', () => {
    expect(supportOf(spec, ['name'])).toMatchObject({
      all: false,
      honoured: ['name'],
      unsupported: [['old'], ['size']],
    })
  })

  test('says why a field is refused, where that is declared', () => {
    const support = supportOf(spec, { honoured: ['name'], unsupported: { old: 'use size' } })
    expect(support.unsupported).toEqual([['old', 'use size'], ['size']])
  })

  test('keeps what is accepted without effect apart from both', () => {
    const support = supportOf(spec, { honoured: '*', noEffect: { old: 'always on here' } })
    expect(support).toMatchObject({ all: true, honoured: ['name', 'size'], noEffect: [['old', 'always on here']] })
  })
})

test('the page groups messages by package and names the extensions that are missing', () => {
  const table = {
    messages: {
      'envoy.config.route.v3.RouteMatch': spec,
      'envoy.config.route.v3.RouteMatch.PathMatch': spec,
      'envoy.extensions.filters.http.lua.v3.Lua': {
        f: { code: { t: 'envoy.extensions.filters.http.lua.v3.Code', n: 1 } },
      },
      'envoy.extensions.filters.http.lua.v3.Code': { f: {} },
      'envoy.extensions.filters.http.cors.v3.Cors': { f: {} },
      'envoy.extensions.filters.http.cors.v3.CorsOfOld': { f: {} },
    },
  }
  const page = supportPage(table, {
    'envoy.config.route.v3.RouteMatch': ['name'],
    'envoy.extensions.filters.http.cors.v3.Cors': '*',
    'nuncio.score.Policy': '*',
  })
  expect(page).toContain('### envoy.config.route.v3\n')
  expect(page).toContain('| `RouteMatch` | `name` | `old` `size` | – |')
  expect(page).toContain('| `Cors` | it has no fields | – | – |')
  expect(page).toContain('- `nuncio.score.Policy`')
  expect(page).toContain('- **filters.http**: lua\n')
})

test('what is refused without a reason is found', () => {
  const table = { messages: { 'a.v3.A': spec, 'a.v3.B': spec } }
  const honours = {
    'a.v3.A': ['name', 'old'],
    'a.v3.B': { honoured: ['name', 'old'], unsupported: { size: 'use old' } },
  }
  expect(bareRefusals(table, honours)).toEqual(['a.v3.A.size'])
})
