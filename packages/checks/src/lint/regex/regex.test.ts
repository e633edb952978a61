import { compileRegex } from '@nuncio/matching'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleRegex } from './sample.ts'
import { simplifyRegex } from './simplify.ts'

describe('simplifyRegex', () => {
  it.each([
    ['/api', 'exact', '/api'],
    ['^/api$', 'exact', '/api'],
    ['/a\\.b', 'exact', '/a.b'],
    ['/api/.*', 'prefix', '/api/'],
    ['.*\\.png', 'suffix', '.png'],
    ['.*cart.*', 'contains', 'cart'],
    ['.*', 'any', ''],
    ['/users(/.*)?', 'separated-prefix', '/users'],
    ['/users(?:/.*)?', 'separated-prefix', '/users'],
  ])('%s is %s %s', (pattern, kind, text) => {
    expect(simplifyRegex(pattern)).toEqual({ kind, text })
  })
  it.each(['/a+', '/[ab]', '/a.b', '/a|/b', '/\\d', '(?i)/a', '/a{2}', '/a\\.*', '.+'])(
    '%s is more than that',
    (pattern) => {
      expect(simplifyRegex(pattern)).toBeUndefined()
    },
  )
})

describe('sampleRegex', () => {
  it.each([
    ['/v[12]/users(/.+)?', '/v1/users'],
    ['/(a|b)[^/]*/\\d{3}', '/a/000'],
    ['/[[:alpha:]]+\\.html?', '/x.htm'],
    ['(?i)/ABC', '/ABC'],
    ['/(?P<id>[0-9a-f]{8})(?:-[0-9a-f]{4}){3}', '/00000000-0000-0000-0000'],
    ['', ''],
    ['\\x2f\\Aa*?', undefined],
    ['/a\\z', '/a'],
  ])('finds a text for %s', (pattern, text) => {
    expect(sampleRegex(pattern)).toBe(text)
  })

  it('gives up on what it does not understand, and on what is no regex', () => {
    expect(sampleRegex('/(?=a)a')).toBeUndefined()
    expect(sampleRegex('/[')).toBeUndefined()
  })

  it('only ever gives texts that match', () => {
    const atom = fc.constantFrom('a', 'b', '/', '\\.', '.', '[a-c]', '[^/]', '\\d', '\\w', '(ab|c)', '(?:x)?')
    const piece = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}'))
      .map(([one, repeat]) => one + repeat)
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const pattern = pieces.join('')
        const regex = compileRegex(pattern)
        if (typeof regex === 'string') return
        const text = sampleRegex(pattern)
        expect(text !== undefined && regex.matches(text)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
