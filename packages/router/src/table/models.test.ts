import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compiled, forward, request } from '../testing/table.ts'

// Look-ups against the plainest words of what they promise: slow models that share no code with them.

const label = fc.constantFrom('a', 'b', 'ab', '*', 'A')
const domain = fc
  .tuple(
    fc.constantFrom('', '*', '*.'),
    fc.array(label, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '*', '.*', ':80'),
  )
  .map(([before, labels, after]) => `${before}${labels.join('.')}${after}`)
  // A star at both ends, or within, is another matter.
  .filter((text) => text === '*' || (text.match(/\*/g)?.length ?? 0) <= 1)
const host = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'A', 'c', ''), { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'))

/** The domain that Envoy's documentation names: exact, then the longest suffix, then the longest prefix, then any. */
function model(domains: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase()
  const longest = (list: readonly string[]): string | undefined => list.toSorted((a, b) => b.length - a.length)[0]
  const lower = domains.map((text) => ({ text, low: text.toLowerCase() }))
  const exact = lower.find(({ low }) => low === wanted)
  const suffixes = lower.filter(
    ({ low }) => low.length > 1 && low.startsWith('*') && wanted.length >= low.length && wanted.endsWith(low.slice(1)),
  )
  const prefixes = lower.filter(
    ({ low }) =>
      low.length > 1 &&
      !low.startsWith('*') &&
      low.endsWith('*') &&
      wanted.length >= low.length &&
      wanted.startsWith(low.slice(0, -1)),
  )
  return (
    exact?.text ??
    longest(suffixes.map(({ text }) => text)) ??
    longest(prefixes.map(({ text }) => text)) ??
    domains.find((text) => text === '*')
  )
}

describe('virtual hosts', () => {
  it('are found by the domain that the rules name', () => {
    const list = fc.uniqueArray(domain, { minLength: 1, maxLength: 12, selector: (text) => text.toLowerCase() })
    fc.assert(
      fc.property(list, fc.array(host, { minLength: 8, maxLength: 8 }), (domains, names) => {
        const { table } = compiled({
          virtual_hosts: domains.map((text) => ({
            name: text,
            domains: [text],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
          })),
        })
        for (const name of names.filter((text) => text !== '')) {
          const asked = request(`${name}/`)
          expect(table.route(asked, undefined, 0)?.virtualHost.name).toBe(model(domains, name))
          expect(table.explain(asked, undefined, 0).virtualHost?.name).toBe(model(domains, name))
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('weighted clusters', () => {
  it('get exactly their weights of as many random numbers as there are weights, in the order of the list', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }), fc.nat(2 ** 30), (weights, start) => {
        const total = weights.reduce((sum, each) => sum + each, 0)
        fc.pre(total > 0)
        const clusters = weights.map((weight, i) => ({ name: `c${i}`, weight }))
        const { table } = compiled({
          virtual_hosts: [
            {
              name: 'v',
              domains: ['*'],
              routes: [{ match: { prefix: '/' }, route: { weighted_clusters: { clusters } } }],
            },
          ],
        })
        const from = start - (start % total)
        const names = Array.from({ length: total }, (_, i) => {
          const asked = request('h/')
          return forward(table, asked, from + i).clusterName(asked)
        })
        expect(names).toEqual(clusters.flatMap(({ name, weight }) => Array<string>(weight).fill(name)))
      }),
      { numRuns: 200 },
    )
  })
})
