import type { AnyMessage } from '@nuncio/config'
import { requestHeaders, StreamInfo } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { testConnection } from '../testing/connection.ts'
import { testPlace } from '../testing/place.ts'
import { HTTP_INPUTS } from './inputs.ts'
import { httpMatchData } from './match-data.ts'
import { compileMatchTree, type OnMatchConfig } from './match-tree.ts'

type Config = Parameters<typeof compileMatchTree>[0]

const header = (header_name: string): { name: string; typed_config: AnyMessage } => ({
  name: 'in',
  typed_config: { '@type': 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput', header_name } as AnyMessage,
})
const input = (type: string, fields: object = {}) => ({
  name: 'in',
  typed_config: { '@type': type, ...fields } as AnyMessage,
})
const go = (name: string, keep_matching?: boolean): OnMatchConfig => ({
  action: { name, typed_config: { '@type': 'test.Action' } },
  ...(keep_matching === undefined ? {} : { keep_matching }),
})
const is = (name: string, exact: string) => ({ single_predicate: { input: header(name), value_match: { exact } } })

function compile(config: Config) {
  const { place, problems } = testPlace()
  const tree = compileMatchTree(config, place, { inputs: HTTP_INPUTS, action: (_, name) => name })
  return { tree, problems }
}

function run(config: Config, headers: readonly [string, string][], address = '10.0.0.1'): string | undefined {
  const { tree, problems } = compile(config)
  expect(problems).toEqual([])
  const info = new StreamInfo(testConnection({ remote: { address, port: 1 }, serverName: 'a.example.com' }), 0, 0)
  return tree.match(httpMatchData(requestHeaders(headers), info))
}

const range = (address_prefix: string, prefix_len: number) => [{ address_prefix, prefix_len }]

describe('matcher_list', () => {
  const list: Config = {
    matcher_list: {
      matchers: [
        { predicate: { and_matcher: { predicate: [is('x-a', '1'), is('x-b', '2')] } }, on_match: go('and') },
        { predicate: { or_matcher: { predicate: [is('x-a', '3'), is('x-b', '3')] } }, on_match: go('or') },
        { predicate: { not_matcher: is('x-c', '1') }, on_match: go('not') },
      ],
    },
    on_no_match: go('none'),
  }
  test.each([
    [
      [
        ['x-a', '1'],
        ['x-b', '2'],
        ['x-c', '1'],
      ],
      'and',
    ],
    [
      [
        ['x-a', '1'],
        ['x-c', '1'],
      ],
      'none',
    ],
    [
      [
        ['x-b', '3'],
        ['x-c', '1'],
      ],
      'or',
    ],
    [[], 'not'],
    [[['x-c', '1']], 'none'],
  ] as [[string, string][], string][])('%j gives %s', (headers, expected) => {
    expect(run(list, headers)).toBe(expected)
  })

  test('goes on when the matcher below an item finds nothing', () => {
    const nested: Config = {
      matcher_list: {
        matchers: [
          {
            predicate: is('x-a', '1'),
            on_match: {
              matcher: { matcher_list: { matchers: [{ predicate: is('x-b', '1'), on_match: go('deep') }] } },
            },
          },
          { predicate: is('x-a', '1'), on_match: go('second') },
        ],
      },
    }
    expect(
      run(nested, [
        ['x-a', '1'],
        ['x-b', '1'],
      ]),
    ).toBe('deep')
    expect(run(nested, [['x-a', '1']])).toBe('second')
    expect(run(nested, [])).toBeUndefined()
  })

  test('reports actions to keep and goes on', () => {
    const { tree } = compile({
      matcher_list: {
        matchers: [
          { predicate: is('x-a', '1'), on_match: go('kept', true) },
          { predicate: is('x-a', '1'), on_match: go('last') },
        ],
      },
    })
    const kept: string[] = []
    expect(tree.match(httpMatchData(requestHeaders([['x-a', '1']])), (action) => kept.push(action))).toBe('last')
    expect(kept).toEqual(['kept'])
  })
})

describe('matcher_tree', () => {
  test('looks a value up in the exact map', () => {
    const tree: Config = {
      matcher_tree: { input: header(':path'), exact_match_map: { map: { '/a': go('a'), '/b': go('b') } } },
      on_no_match: go('none'),
    }
    expect(run(tree, [[':path', '/b']])).toBe('b')
    expect(run(tree, [[':path', '/c']])).toBe('none')
    expect(run(tree, [])).toBe('none')
  })

  test('takes the longest prefix, and shorter ones when the tree below finds nothing', () => {
    const below: Config = { matcher_list: { matchers: [{ predicate: is('x-a', '1'), on_match: go('deep') }] } }
    const tree: Config = {
      matcher_tree: {
        input: header(':path'),
        prefix_match_map: { map: { '/': go('root'), '/api': go('api'), '/api/v1': { matcher: below } } },
      },
    }
    expect(run(tree, [[':path', '/x']])).toBe('root')
    expect(run(tree, [[':path', '/api/v2']])).toBe('api')
    expect(
      run(tree, [
        [':path', '/api/v1/x'],
        ['x-a', '1'],
      ]),
    ).toBe('deep')
    expect(run(tree, [[':path', '/api/v1/x']])).toBe('api')
  })

  test('takes the most specific IP range, and wider ones unless the range is exclusive', () => {
    const below: Config = { matcher_list: { matchers: [{ predicate: is('x-a', '1'), on_match: go('deep') }] } }
    const tree: Config = {
      matcher_tree: {
        input: input('envoy.extensions.matching.common_inputs.network.v3.SourceIPInput'),
        custom_match: input('xds.type.matcher.v3.IPMatcher', {
          range_matchers: [
            { ranges: range('10.0.0.0', 8), on_match: go('wide') },
            { ranges: range('10.1.0.0', 16), on_match: { matcher: below } },
            { ranges: range('10.2.0.0', 16), on_match: { matcher: below }, exclusive: true },
          ],
        }),
      },
      on_no_match: go('none'),
    }
    expect(run(tree, [], '10.9.9.9')).toBe('wide')
    expect(run(tree, [['x-a', '1']], '10.1.0.1')).toBe('deep')
    expect(run(tree, [], '10.1.0.1')).toBe('wide')
    expect(run(tree, [], '10.2.0.1')).toBe('none')
    expect(run(tree, [], '11.0.0.1')).toBe('none')
  })

  test.each([
    ['a.com', 'exact'],
    ['A.COM', 'exact'],
    ['b.a.com', 'wide'],
    ['x.b.a.com', 'narrow'],
    ['.a.com', 'any'],
    ['other', 'any'],
  ])('matches the domain %s as %s', (host, expected) => {
    const tree: Config = {
      matcher_tree: {
        input: header(':authority'),
        custom_match: input('xds.type.matcher.v3.ServerNameMatcher', {
          domain_matchers: [
            { domains: ['a.com'], on_match: go('exact') },
            { domains: ['*.a.com'], on_match: go('wide') },
            { domains: ['*.b.a.com'], on_match: go('narrow') },
            { domains: ['*'], on_match: go('any') },
          ],
        }),
      },
    }
    expect(run(tree, [[':authority', host]])).toBe(expected)
  })
})

describe('inputs', () => {
  const network = 'envoy.extensions.matching.common_inputs.network.v3.'
  test.each([
    [input('envoy.type.matcher.v3.HttpRequestQueryParamMatchInput', { query_param: 'q' }), 'x y'],
    [input(`${network}SourceIPInput`), '10.0.0.1'],
    [input(`${network}SourcePortInput`), '1'],
    [input(`${network}DestinationIPInput`), '10.0.0.2'],
    [input(`${network}DestinationPortInput`), '80'],
    [input(`${network}DirectSourceIPInput`), '10.0.0.1'],
    [input(`${network}ServerNameInput`), 'a.example.com'],
    [input(`${network}TransportProtocolInput`), 'raw_buffer'],
    [header('host'), 'h'],
  ])('%j', (asked, value) => {
    const config: Config = {
      matcher_list: {
        matchers: [
          { predicate: { single_predicate: { input: asked, value_match: { exact: value } } }, on_match: go('yes') },
        ],
      },
    }
    expect(
      run(config, [
        [':path', '/a?q=x%20y'],
        [':authority', 'h'],
      ]),
    ).toBe('yes')
  })
})

const matching = (custom: object) => ({
  matcher_list: {
    matchers: [
      {
        predicate: {
          single_predicate: { input: header('x-a'), custom_match: { name: 'm', typed_config: custom as AnyMessage } },
        },
        on_match: go('yes'),
      },
    ],
  },
})

describe('custom matchers', () => {
  test('match an IP', () => {
    const ip = matching({
      '@type': 'envoy.extensions.matching.input_matchers.ip.v3.Ip',
      cidr_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }],
    })
    expect(run(ip, [['x-a', '10.1.1.1']])).toBe('yes')
    expect(run(ip, [['x-a', '11.1.1.1']])).toBeUndefined()
  })
  test('match a share of all hashes', () => {
    const share = matching({
      '@type': 'envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing',
      threshold: 10,
      modulo: 1000,
    })
    // xxHash64 of "foo" is 3728699739546630719: 719 modulo 1000.
    expect(run(share, [['x-a', 'foo']])).toBe('yes')
    const none = matching({
      '@type': 'envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing',
      threshold: 720,
      modulo: 1000,
    })
    expect(run(none, [['x-a', 'foo']])).toBeUndefined()
  })
})

test('tells the story of a decision', () => {
  const { tree } = compile({
    matcher_list: { matchers: [{ predicate: is('x-a', '1'), on_match: go('one') }] },
    on_no_match: go('none'),
  })
  const steps: string[] = []
  tree.match(httpMatchData(requestHeaders([['x-a', '2']])), undefined, (text, ok) =>
    steps.push(`${ok ? 'yes' : 'no'} ${text}`),
  )
  expect(steps).toEqual(['no header x-a exact "1": got "2"', 'yes on_no_match'])
})

test('reports inputs and matchers that are not known, with their place', () => {
  const { problems } = compile({
    matcher_list: {
      matchers: [
        {
          predicate: { single_predicate: { input: input('x.Unknown'), value_match: { exact: 'a' } } },
          on_match: go('a'),
        },
      ],
    },
    on_no_match: {},
  })
  expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
    ['missing-field', 'on_no_match'],
    ['unsupported', 'matcher_list.matchers[0].predicate.single_predicate.input'],
  ])
})
