import { FilterBench, type Pairs, runFilter, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { isCdnId, occurrences } from './cdn-info.ts'
import { cdnLoop } from './index.ts'

const run = async (headers: Pairs, more = ''): Promise<Transcript> =>
  await runFilter(cdnLoop, { config: `cdn_id: me.test\n${more}`, request: { headers } })
const passedOn = ({ upstream }: Transcript): readonly string[] | undefined =>
  upstream?.headers.filter(([name]) => name === 'cdn-loop').map(([, value]) => value)

describe('envoy.filters.http.cdn_loop', () => {
  test.each<[string, Pairs, string]>([
    ['nothing', [], 'me.test'],
    ['an empty header', [['cdn-loop', '']], 'me.test'],
    ['another CDN', [['cdn-loop', 'other.test']], 'other.test,me.test'],
    [
      'two headers',
      [
        ['cdn-loop', 'a'],
        ['cdn-loop', 'b'],
      ],
      'a,b,me.test',
    ],
  ])('adds its id to %s', async (_, headers, expected) => {
    expect(passedOn(await run(headers))).toEqual([expected])
  })

  test('ends a request that was here before, or more often than it may', async () => {
    const loop = await run([['cdn-loop', 'other, me.test']])
    expect([loop.status, loop.info.details, loop.upstream]).toEqual([502, 'cdn_loop_detected', undefined])
    const twice: Pairs = [['cdn-loop', 'me.test, me.test']]
    expect((await run(twice, 'max_allowed_occurrences: 2')).status).toBe(200)
    expect((await run(twice, 'max_allowed_occurrences: 1')).status).toBe(502)
  })

  test('refuses a malformed header', async () => {
    const refused = await run([['cdn-loop', 'a b']])
    expect([refused.status, refused.info.details]).toEqual([400, 'invalid_cdn_loop_header'])
  })

  test.each(['', 'a b', 'a,b', 'a;v=1', '[::1'])('refuses the id %j', (id) => {
    const { problems } = new FilterBench(cdnLoop, { config: { cdn_id: id } })
    expect(problems.join()).toContain('is not the id of a CDN')
  })
})

test.each([
  ['', 0],
  [',, , x ,,', 0],
  ['me', 1],
  ['ME', 0],
  ['notme, me.too, me:80', 0],
  ['me;v=1, x, me ; v="a, me" ;w=2', 2],
  ['x;v="me, \\" me"', 0],
  ['[::1]:80, me', 1],
  ['a:', 0],
  ['a b', -1],
  ['a;', -1],
  ['a;v', -1],
  ['a;v=', -1],
  ['a;v="open', -1],
  ['a; v = 1', -1],
  ['[::1', -1],
  ['[x]', -1],
  ['a:port', -1],
  ['a@b', -1],
  ['me, "', -1],
])('%j names the CDN me %i times', (header, count) => {
  expect(occurrences(header, 'me')).toBe(count)
})

test('a long list of blanks is read in one pass', () => {
  expect(occurrences(`a${' '.repeat(60_000)}b`, 'me')).toBe(-1)
  expect(occurrences(`a;v="${'\\"'.repeat(30_000)}`, 'me')).toBe(-1)
  expect(isCdnId('a'.repeat(60_000))).toBe(true)
})
