import { httpFilters } from '@nuncio/http-filters'
import { nodePlatform } from '@nuncio/server'
import { expect, test } from 'vitest'
import { checkFilter } from './check-filter.ts'
import { SHIPPED_CASES, type ShippedCase } from './testing/shipped-cases.ts'

const PREFIX = 'envoy.filters.http.'
const named = new Map(httpFilters.map((filter) => [filter.name.slice(PREFIX.length), filter]))

test('every filter that is shipped goes through the kit, but those that end a chain', () => {
  const walked = new Set(SHIPPED_CASES.map(([name]) => name))
  expect([...named.keys()].filter((name) => !walked.has(name))).toEqual(['router', 'upstream_codec'])
})

test.each<[...ShippedCase]>(SHIPPED_CASES.map((each) => [...each]))(
  '%s holds to the rules of the kit, configured with %s',
  async (name, config, options) => {
    expect(
      await checkFilter(named.get(name)!, { config, platform: nodePlatform, wrapped: httpFilters, ...options }),
    ).toEqual([])
  },
)
