import { describe, expect, test } from 'vitest'
import { mergeBootstrap } from './load-bootstrap.ts'

function merged(base: string, over: string): unknown {
  return mergeBootstrap([
    { text: base, file: 'base' },
    { text: over, file: 'over' },
  ]).partial
}

describe('a text merged over another', () => {
  test('messages are merged field by field, scalars replaced', () => {
    expect(
      merged(
        'admin: {profile_path: a, address: {pipe: {path: b}}}\nnode: {id: x}',
        'admin: {profilePath: c}\nnode: {cluster: z}',
      ),
    ).toEqual({
      admin: { profile_path: 'c', address: { pipe: { path: 'b' } } },
      node: { id: 'x', cluster: 'z' },
    })
  })

  test('lists are joined, also of a single value', () => {
    expect(merged('static_resources: {clusters: [{name: a}]}', 'static_resources: {clusters: {name: b}}')).toEqual({
      static_resources: { clusters: [{ name: 'a' }, { name: 'b' }] },
    })
  })

  test('maps are joined key by key', () => {
    expect(
      merged(
        'node: {dynamic_parameters: {a: {params: {x: "1"}}, b: {}}}',
        'node: {dynamic_parameters: {a: {params: {y: "2"}}}}',
      ),
    ).toEqual({
      node: { dynamic_parameters: { b: {}, a: { params: { y: '2' } } } },
    })
  })

  test('a member of a oneof takes the place of another', () => {
    expect(
      merged(
        'admin: {address: {pipe: {path: a}}}',
        'admin: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}',
      ),
    ).toEqual({ admin: { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } } })
  })

  test('zero of a plain scalar replaces nothing, zero of a wrapper does', () => {
    expect(
      merged('use_tcp_for_dns_lookups: true\nenable_dispatcher_stats: true', 'enable_dispatcher_stats: false'),
    ).toMatchObject({ enable_dispatcher_stats: true })
    expect(
      merged('static_resources: {}\nadmin: {ignore_global_conn_limit: true}\nheader_prefix: x', 'header_prefix: ""'),
    ).toMatchObject({ header_prefix: 'x' })
  })

  test('short forms work in either', () => {
    expect(merged('admin: {address: ":1"}', 'admin: {address: ":2"}')).toEqual({
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 2 } } },
    })
  })

  test('an empty text adds nothing', () => {
    expect(merged('node: {id: a}', '')).toEqual({ node: { id: 'a' } })
    expect(merged('', 'node: {id: a}')).toEqual({ node: { id: 'a' } })
  })

  test('problems and places are those of the text they are in', () => {
    const { problems, sources, partial } = mergeBootstrap([
      { text: 'node:\n  id: a\n  foo: 1\n', file: 'base.yaml' },
      { text: '\nnode:\n  cluster: b\n  bar: 2\n', file: '--config-yaml' },
    ])
    expect(problems.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`)).toEqual([
      'base.yaml:3:3 unknown-field',
      '--config-yaml:4:3 unknown-field',
    ])
    expect(sources.positionOf(partial!.node!, 'cluster')).toEqual({ file: '--config-yaml', line: 3, column: 3 })
    expect(sources.positionOf(partial!.node!, 'id')).toEqual({ file: 'base.yaml', line: 2, column: 3 })
  })

  test('a text that cannot be read is a problem of its own', () => {
    const result = mergeBootstrap([
      { text: 'node: {id: a}', file: 'base' },
      { text: 'node: [', file: 'over' },
    ])
    expect(result.config).toBeUndefined()
    expect(result.problems[0]).toMatchObject({ file: 'over', code: 'syntax' })
  })
})
