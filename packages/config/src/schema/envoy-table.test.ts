import { withParts } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { envoyTables } from './envoy-table.ts'
import { restText as restInParts } from './rest-of-table.in-parts.ts'
import { restText } from './rest-of-table.ts'

const [first, rest] = envoyTables.map((table) => table()) as [
  ReturnType<(typeof envoyTables)[0]>,
  ReturnType<(typeof envoyTables)[0]>,
]

describe('the table in parts', () => {
  test('has what nearly every file needs in its first part, which refers to nothing outside it', () => {
    expect(first.messages).toHaveProperty(['envoy.config.bootstrap.v3.Bootstrap'])
    expect(first.messages).toHaveProperty(['envoy.config.route.v3.RouteConfiguration'])
    const outside = Object.entries(first.messages).flatMap(([name, { f }]) =>
      Object.values(f)
        .filter(({ t }) => t in rest.messages || t in rest.enums)
        .map(({ t }) => `${name}: ${t}`),
    )
    expect(outside).toEqual([])
  })

  test('has no type in both', () => {
    expect(Object.keys(first.messages).filter((name) => name in rest.messages)).toEqual([])
    expect(Object.keys(first.enums).filter((name) => name in rest.enums)).toEqual([])
    expect(Object.keys(rest.messages).length).toBeGreaterThan(Object.keys(first.messages).length)
  })

  test('reads the rest, where a bundle comes in parts, once it is loaded', async () => {
    expect(() => restInParts()).toThrow('withParts')
    expect(await withParts(restInParts)).toBe(restText())
  })
})
