import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { compileRegex, Regex } from './regex.ts'
import { parseSubstitution } from './substitution.ts'

function regex(pattern: string): Regex {
  const compiled = compileRegex(pattern)
  if (typeof compiled === 'string') throw new Error(compiled)
  return compiled
}

function replace(pattern: string, substitution: string, text: string): string {
  return regex(pattern).replaceAll(text, parseSubstitution(substitution))
}

describe('whole matches', () => {
  test.each([
    ['/t[io]c', '/tic', true],
    ['/t[io]c', '/toc', true],
    ['/t[io]c', '/tick', false],
    ['/t[io]c', '/tic/toc', false],
    ['/baa+', '/baaaa', true],
    ['/baa+', '/ba', false],
    ['.*', '', true],
    ['.*', ' ', true],
    ['.*', 'a\nb', false],
    ['(?s).*', 'a\nb', true],
    ['(?i)ABC', 'abc', true],
    ['(?P<n>a)b', 'ab', true],
    ['a\\z', 'a', true],
    ['\\pN+', '123', true],
    ['[^a]', '\n', true],
    ['a|b', 'b', true],
    ['a|bc', 'abc', false],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(regex(pattern).matches(text)).toBe(expected)
  })

  test('sees bytes, not characters, beyond ASCII', () => {
    expect(regex('/caf..').matches('/caf\u00c3\u00a9')).toBe(true)
    expect(regex('/café').matches('/caf\u00c3\u00a9')).toBe(true)
    expect(regex('/caf.').matches('/caf\u00c3\u00a9')).toBe(false)
    expect(regex('/caf.').matches('/caf\u00e9')).toBe(true)
  })
})

test.each(['(?=a)', '(?!a)', '(?<=a)b', '(a)\\1', 'a**', '(', '[', '\\C', 'a{1001}', '(?P<n>a)(?P<n>b)'])(
  'refuses %s, which is no RE2',
  (pattern) => {
    expect(compileRegex(pattern)).toBeTypeOf('string')
  },
)

test('refuses programs beyond the limit, and takes them when the limit is raised', () => {
  expect(compileRegex('(abc|def){60}')).toMatch(/program size/)
  expect(compileRegex('(abc|def){60}', 1000)).toBeInstanceOf(Regex)
})

describe('the native engine', () => {
  test.each([
    '/api/v[0-9]+/.*',
    '/users/[^/]+/posts/\\d+',
    '.*\\.(png|jpg|css)',
    '/(en|de)/.*',
    '[a-z0-9]{8}-[a-z0-9]{4}',
    '(/[^/]+)?/x',
    '(?i)/foo/.*',
  ])('is trusted with %s', (pattern) => {
    expect(regex(pattern).native).toBe(true)
  })

  test.each([
    '(a+)+',
    '(a|a)*',
    '(.*)(.*)x',
    '.*.*=.*',
    'a*a*b',
    '(?:[a-z]+/)*x',
    '(a?){30}a',
    '\\d+\\d+x',
    '(x+x+)+y',
    '.*a.*b',
  ])('is not trusted with %s', (pattern) => {
    expect(regex(pattern).native).toBe(false)
  })

  test('agrees with RE2 wherever it is trusted', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '/',
      '.',
      '[ab]',
      '[^/]',
      '\\d',
      '\\w',
      '(a|b)',
      '(?:ab|b)',
      'ab',
      '^',
      '$',
      '\\b',
      '(a|/b)',
    )
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '*?', '+?')
    const piece = fc.tuple(atom, quantifier).map(([a, q]) => (/[$^]|\\b/.test(a) && !a.startsWith('[') ? a : a + q))
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', '/', '1', '\n'), { maxLength: 8 }).map((chars) => chars.join(''))
    let trusted = 0
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        const ours = regex(source)
        const theirs = RE2JS.compile(source)
        if (ours.native) trusted++
        expect(ours.matches(input)).toBe(theirs.testExact(input))
        const groups = theirs.groupCount() > 0 ? '<\\0\\1>' : '<\\0>'
        // The prefix means nothing to RE2 and keeps the pattern from the native engine.
        const reference = new Regex(`(?U:)${source}`, theirs)
        expect(ours.replaceAll(input, parseSubstitution(groups))).toBe(
          reference.replaceAll(input, parseSubstitution(groups)),
        )
      }),
      { seed: 7, numRuns: 3000 },
    )
    expect(trusted).toBeGreaterThan(500)
  })
})

describe('replacing all matches', () => {
  test.each([
    ['^/old-(.*?)-page(.*)$', '/\\1-sheet\\2', '/old-front-page/top', '/front-sheet/top'],
    ['a', 'Z', '/banana/tart', '/bZnZnZ/tZrt'],
    ['[lr]', 'W', '/role/call', '/WoWe/caWW'],
    ['(^.*)/(\\d{2})$', '/on/\\2/of\\1', '/may/day/24', '/on/24/of/may/day'],
    ['^/.+/(.+)$', '\\1', '/tenants/blue.example', 'blue.example'],
    ['a*', 'x', 'baac', 'xbxcx'],
    ['x*', '-', 'abc', '-a-b-c-'],
    ['(a)(b)?', '[\\2]', 'aab', '[][b]'],
    ['a', '\\\\', 'a', '\\'],
    ['a', '\\1', 'a', 'a'],
  ])('%s → %s on %s', (pattern, substitution, text, expected) => {
    expect(replace(pattern, substitution, text)).toBe(expected)
  })

  test('keeps bytes beyond ASCII', () => {
    expect(replace('/(.*)', '/x/\\1', '/caf\u00c3\u00a9')).toBe('/x/caf\u00c3\u00a9')
  })
})

test.each([
  ['x\\y', '/s2', '/x2'],
  ['x\\', '/s3/s', '/x3/x'],
])('leaves out the rest of the substitution %j from its bad backslash on', (substitution, text, expected) => {
  expect(parseSubstitution(substitution).legal).toBe(false)
  expect(replace('s', substitution, text)).toBe(expected)
})

test.each([
  ['/api/v[0-9]+', '/api/v'],
  ['/(en|de)/x', '/'],
  ['/a/b|/a/c', '/a/'],
  ['(?i)/a', '/'],
  ['.*', ''],
  ['/ab?c', '/a'],
  ['/a{2}', '/'],
  ['\\pN', ''],
])('every match of %s begins with %j', (pattern, prefix) => {
  expect(regex(pattern).prefix).toBe(prefix)
})
