import { requestHeaders } from '@nuncio/core'
import type { Route } from '@nuncio/router'
import { expect, test } from 'vitest'
import type { HttpFilter } from '../filter.ts'
import type { FilterStream } from '../filter-stream.ts'
import { fakeRoute } from '../testing/fake-route.ts'
import { Hook, HttpFilterChain } from './plan.ts'
import { StreamFilters } from './stream-filters.ts'

/** The filters of a stream whose routes come one after the other. */
class Filters extends StreamFilters {
  override requestHeaders = requestHeaders([])
  readonly errors: string[] = []
  asked = 0
  readonly #routes: readonly (Route | undefined)[]
  constructor(filters: Readonly<Record<string, HttpFilter>>, ...routes: readonly (Route | undefined)[]) {
    super(
      new HttpFilterChain(Object.entries(filters).map(([name, filter]) => ({ name, create: () => filter, disabled: false }))), // prettier-ignore
    )
    this.#routes = routes
  }
  begin(): this {
    this.makeFilters()
    return this
  }
  answer(): this {
    this.makeFiltersForAnswer()
    return this
  }
  end(): this {
    this.tellComplete(this as unknown as FilterStream)
    return this
  }
  get made(): number {
    return this.filters.length
  }
  get bits(): number {
    return this.hooks
  }
  protected override selectRoute(): Route | undefined {
    return this.#routes[this.asked++]
  }
  protected override filterError(name: string, error: unknown): void {
    this.errors.push(`${name}: ${String(error)}`)
  }
}

test('the route is chosen once, and again when it was forgotten', () => {
  const [one, two] = [fakeRoute({ name: 'one' }), fakeRoute({ name: 'two' })]
  const filters = new Filters({ terminal: {} }, one, two)
  expect([filters.route(), filters.route(), filters.asked]).toEqual([one, one, 1])
  filters.clearRouteCache()
  expect([filters.route(), filters.asked]).toEqual([two, 2])
})

test('an answer before the filters has filters too, but no route is chosen for it', () => {
  const filters = new Filters({ a: { onResponseHeaders: () => {} }, terminal: {} }, fakeRoute()).answer()
  expect([filters.made, filters.bits, filters.asked, filters.route()]).toEqual([1, Hook.responseHeaders, 0, undefined])
  expect(new Filters({ terminal: {} }, fakeRoute()).begin().answer().asked).toBe(1)
})

test('every filter is told of the end, whatever the others throw', () => {
  const told: string[] = []
  const filter = (name: string, error?: string): HttpFilter => ({
    onComplete: () => {
      told.push(name)
      if (error !== undefined) throw new Error(error)
    },
  })
  const filters = new Filters({ a: filter('a', 'one'), b: filter('b'), router: filter('router', 'two') }).begin().end()
  expect(told).toEqual(['a', 'b', 'router'])
  expect(filters.errors).toEqual(['a: Error: one', 'router: Error: two'])
})

test('nobody is told of the end of a stream that never had filters', () => {
  expect(new Filters({ terminal: { onComplete: () => { throw new Error('told') } } }).end().errors).toEqual([]) // prettier-ignore
})

test('the cluster is that of the request as it was when the route was chosen', () => {
  const byHeader = fakeRoute({ overrides: { clusterName: (headers) => headers.get('x-cluster') ?? '' } })
  const stream = new Filters({}, byHeader, byHeader, undefined)
  stream.requestHeaders.set('x-cluster', 'first')
  expect(stream.clusterName).toBe('first')
  stream.requestHeaders.set('x-cluster', 'second')
  expect(stream.clusterName).toBe('first')
  stream.clearRouteCache()
  expect(stream.clusterName).toBe('second')
  stream.clearRouteCache()
  expect(stream.clusterName).toBe('')
})
