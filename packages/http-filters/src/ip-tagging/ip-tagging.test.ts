import { FilterBench, type Pairs, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { ipTagging } from './index.ts'

const TAGS = `
ip_tags:
- { ip_tag_name: office, ip_list: [{ address_prefix: 10.0.0.0, prefix_len: 8 }, { address_prefix: "2001:db8::", prefix_len: 32 }] }
- { ip_tag_name: lab, ip_list: [{ address_prefix: 10.1.0.0, prefix_len: 16 }] }
- { ip_tag_name: guests, ip_list: [{ address_prefix: 10.1.2.3, prefix_len: 16 }] }
`
const from = (address: string): RunOptions => {
  const remote = { address, port: 1 }
  return { connection: { remote, directRemote: remote } }
}
const bench = (address: string, more = '', options: RunOptions = {}): FilterBench =>
  new FilterBench(ipTagging, { config: TAGS + more, ...from(address), ...options })
const sent = (t: Transcript, name = 'x-envoy-ip-tags'): string[] =>
  t.upstream!.headers.filter(([key]) => key === name).map(([, value]) => value)
const tags = async (address: string, more = '', headers: Pairs = []): Promise<string[]> =>
  sent(await bench(address, more).run({ headers }))

describe('envoy.filters.http.ip_tagging', () => {
  test.each([
    ['10.9.9.9', ['office']],
    ['10.1.9.9', ['lab,guests,office']],
    ['2001:db8::1', ['office']],
    ['11.0.0.1', []],
    ['::1', []],
    ['/run/app.sock', []],
  ])('tags a client at %s with %j', async (address, expected) => {
    expect(await tags(address)).toEqual(expected)
  })

  test('adds to the tags that are there already', async () => {
    expect(await tags('10.9.9.9', '', [['x-envoy-ip-tags', 'first']])).toEqual(['first,office'])
  })

  test.each([
    ['SANITIZE', '10.9.9.9', ['office']],
    ['SANITIZE', '11.0.0.1', []],
    ['APPEND_IF_EXISTS_OR_ADD', '10.9.9.9', ['forged,office']],
    ['APPEND_IF_EXISTS_OR_ADD', '11.0.0.1', ['forged']],
  ])(
    'with %s in a header of its own a client at %s that brings one is sent on with %j',
    async (action, address, expected) => {
      const more = `ip_tag_header: { header: X-Networks, action: ${action} }`
      const t = await bench(address, more).run({ headers: [['x-networks', 'forged']] })
      expect(sent(t, 'x-networks')).toEqual(expected)
    },
  )

  test.each([
    ['BOTH', true, ['office']],
    ['BOTH', false, ['office']],
    ['INTERNAL', true, ['office']],
    ['INTERNAL', false, []],
    ['EXTERNAL', true, []],
    ['EXTERNAL', false, ['office']],
  ])('for %s requests, an internal one (%s) gets %j', async (type, internal, expected) => {
    const headers: Pairs = internal ? [['x-envoy-internal', 'true']] : []
    expect(await tags('10.9.9.9', `request_type: ${type}`, headers)).toEqual(expected)
  })

  test('counts', async () => {
    const b = bench('10.1.9.9')
    await b.run()
    const names = ['total', 'no_hit', 'office.hit', 'lab.hit']
    expect(names.map((name) => b.stats.counter(`http.test.ip_tagging.${name}`).value)).toEqual([1, 0, 1, 1])
    const none = bench('11.0.0.1')
    await none.run()
    expect(['total', 'no_hit'].map((name) => none.stats.counter(`http.test.ip_tagging.${name}`).value)).toEqual([1, 1])
  })

  test('refuses a range that is none', () => {
    const config = 'ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: nowhere, prefix_len: 8 }] }]'
    expect(new FilterBench(ipTagging, { config }).problems).toEqual(['nowhere/8 is no range of addresses'])
  })
})
