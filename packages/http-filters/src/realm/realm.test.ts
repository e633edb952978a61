import { requestHeaders } from '@nuncio/core'
import { expect, test } from 'vitest'
import { realmOf } from './realm.ts'

function asked(path: string, more: readonly (readonly [string, string])[] = [], method = 'GET') {
  return Object.assign(requestHeaders(more), { method, scheme: 'http', authority: 'host', path })
}

test.each([
  ['what was asked', asked('/a?b'), 'http://host/a?b'],
  ['what was asked before the path was rewritten', asked('/a', [['x-envoy-original-path', '/before']]), 'http://host/before'],
  ['no quotes', asked('/a"b\\c'), 'http://host/a%22b%5Cc'],
  ['no more than 256 characters of a path', asked(`/${'l'.repeat(300)}`), `http://host/${'l'.repeat(255)}`],
  ['the host of a CONNECT', asked('', [], 'CONNECT'), 'host'],
])('a realm tells %s', (_, headers, realm) => {
  expect(realmOf(headers)).toBe(realm)
}) // prettier-ignore
