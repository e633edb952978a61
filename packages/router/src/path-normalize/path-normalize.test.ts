import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalPath } from './canonical-path.ts'
import { compilePathNormalizer } from './path-normalizer.ts'
import { mergeSlashes, unescapeSlashes } from './slashes.ts'

test.each([
  ['/a/b/../c', '/a/c'],
  ['/a/b/./c', '/a/b/c'],
  ['a/b/../c', '/a/c'],
  ['/a/b/../../../../c', '/c'],
  ['/a/..\\c', '/c'],
  ['/a/b/%2E%2E/c', '/a/c'],
  ['/a/%2F%2f/c', '/a/%2F%2f/c'],
  ['/%c0%af', '/%c0%af'],
  ['/%5c%25', '/%5c%25'],
  ['/A/B/../C', '/A/C'],
  ['/xyz/.%00../abc', undefined],
  ['/xyz/%00.%00./abc', undefined],
  ['/xyz/AAAAA%%0000/abc', undefined],
  ['/%41%42/%7e', '/AB/~'],
  ['/a/%2e', '/a/'],
  ['/a/.', '/a/'],
  ['/a/..', '/'],
  ['/..', '/'],
  ['/.', '/'],
  ['/a\\b', '/a/b'],
  ['/%zz/../a', '/a'],
  ['/%', '/%'],
  ['/a%2', '/a%2'],
  ['/a|b', '/a%7Cb'],
  ['/a"b<c>', '/a%22b%3Cc%3E'],
  ['/a{b}^`', '/a%7Bb%7D%5E%60'],
  ['//a//../b', '//a/b'],
  ['/a/;p/../c', '/a/c'],
  ['/a/...', '/a/...'],
  ['/a/.b', '/a/.b'],
  ['/a/..b/../c', '/a/c'],
  ['/%61/../%62', '/b'],
  ['/a/%2e%2E;x', '/a/..;x'],
  ['/a/%2e%2e%2fb', '/a/..%2fb'],
  ['/a/./', '/a/'],
  ['/a/../', '/'],
  ['/%E4%BD%A0', '/%E4%BD%A0'],
  ['/a%5C..%5Cb', '/a%5C..%5Cb'],
  ['/%2525', '/%2525'],
  ['/a%0Ab', '/a%0Ab'],
  ['/a~%2D%5F%2e%7E', '/a~-_.~'],
  ['/a%21%2A%27%28', '/a%21%2A%27%28'],
  ['/a/..;x/b', '/b'],
  ['/a/.;x/b', '/a/b'],
  ['/a/%2e%2e;x/b', '/a/..;x/b'],
  ['/a/...;x', '/a/...;x'],
  ['/a/..;', '/'],
  ['/a;../b', '/a;../b'],
  ['/a/..;x\\b', '/'],
  ['/a/..%3bx/b', '/a/..%3bx/b'],
  ['/%%41', '/%A'],
  ['/%%34%31', '/%2541'],
  ['/%4%41', '/%254A'],
  ['/%4%67', '/%4g'],
  ['/%%%34%31', '/%%2541'],
  ['/%4%4%41', '/%4%254A'],
  ['/x%2%41y', '/x%252Ay'],
  ['/%4\\%41', '/%4/A'],
  ['/%%2500', '/%%2500'],
  ['/%a%62', '/%25ab'],
])('normalize_path: %s becomes %s', (path, expected) => {
  expect(canonicalPath(path)).toBe(expected)
})

test.each([
  ['a//b/c', 'a/b/c'],
  ['//a/b/c', '/a/b/c'],
  ['/a/b/c//', '/a/b/c/'],
  ['/a//', '/a/'],
  ['///', '//'],
  ['/', '/'],
  ['', ''],
])('merge_slashes: %s becomes %s', (path, expected) => {
  expect(mergeSlashes(path)).toBe(expected)
})

test.each([
  ['%2f%2F', '//'],
  ['/a%2Fb%2fc/', '/a/b/c/'],
  ['%%2fa/', '%/a/'],
  ['/x/%2E%2e/z%2f%2Fabc%5C../def', '/x/%2E%2e/z//abc\\../def'],
])('unescaping slashes: %s becomes %s', (path, expected) => {
  expect(unescapeSlashes(path)).toBe(expected)
})

type Options = Parameters<typeof compilePathNormalizer>[0]
const all: Options = { normalize_path: true, merge_slashes: true }

describe('all together', () => {
  const forwarding: Options = { ...all, path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' }
  const redirecting: Options = { ...all, path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' }
  const rejecting: Options = { path_with_escaped_slashes_action: 'REJECT_REQUEST' }
  test.each([
    [{ merge_slashes: true }, '/a//b?a=///c', 'forward', '/a/b?a=///c'],
    [{ merge_slashes: true }, '//a/?b', 'forward', '/a/?b'],
    [{ normalize_path: true }, '/a/b?x=/../y', 'forward', '/a/b?x=/../y'],
    [{ normalize_path: true }, '/%00', 'reject', '/%00'],
    [{}, '/a/../b//c%2f', 'forward', '/a/../b//c%2f'],
    [{}, '/a#b', 'reject', '/a#b'],
    [{}, '/a?b#c', 'reject', '/a?b#c'],
    [forwarding, '/a%2fb', 'forward', '/a/b'],
    [forwarding, '/a%2Fb/../c', 'forward', '/a/c'],
    [forwarding, '/a?b=%2f', 'forward', '/a?b=%2f'],
    [forwarding, '/a%5cb', 'forward', '/a/b'],
    [forwarding, '/%2f%2f', 'forward', '//'],
    [forwarding, '/a%2f%2e%2e/b', 'forward', '/b'],
    [forwarding, '/a//b/../c', 'forward', '/a/c'],
    [forwarding, '/a%2f..%2f%2fb?x=1', 'forward', '/b?x=1'],
    [redirecting, '/a%2fb', 'redirect', '/a/b'],
    [redirecting, '/a%2f..%2f%2fb?x=1', 'redirect', '/b?x=1'],
    [redirecting, '/a//b/../c', 'forward', '/a/c'],
    [redirecting, '/a?b=%2f', 'forward', '/a?b=%2f'],
    [rejecting, '/a%2fb', 'reject', '/a/b'],
    [rejecting, '/a?%2f', 'forward', '/a?%2f'],
    [rejecting, '/a%2f?q', 'reject', '/a/?q'],
    [{ ...rejecting, normalize_path: true }, '/a%2f../b', 'reject', '/a/../b'],
    [rejecting, '/a//b/../c', 'forward', '/a//b/../c'],
  ] as [Options, string, string, string][])('%j on %s: %s %s', (options, path, action, expected) => {
    expect(compilePathNormalizer(options).normalize(path)).toEqual({ action, path: expected })
  })

  test('a gRPC request is rejected instead of redirected', () => {
    expect(compilePathNormalizer(redirecting).normalize('/a%2fb', true)).toEqual({ action: 'reject', path: '/a/b' })
  })
  test('with the guard off, a fragment is cut', () => {
    expect(compilePathNormalizer({}, false).normalize('/a#b?c')).toEqual({ action: 'forward', path: '/a' })
  })
})

test('what is normal stays as it is, whatever the options', () => {
  const once = compilePathNormalizer({ ...all, path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' })
  const part = fc.constantFrom('a', '.', '..', '%2e', '%2F', '\\', '', 'B%41', '%', '|', ';')
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const first = once.normalize(`/${parts.join('/')}`)
      if (first.action !== 'forward') return
      const { path } = first
      expect(once.normalize(path)).toEqual({ action: 'forward', path })
    }),
    { seed: 11, numRuns: 500 },
  )
})
