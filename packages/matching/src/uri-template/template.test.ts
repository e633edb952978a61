import { describe, expect, test } from 'vitest'
import { compileUriTemplate, compileUriTemplateRewrite, UriTemplate } from './template.ts'

function template(pattern: string): UriTemplate {
  const compiled = compileUriTemplate(pattern)
  if (typeof compiled === 'string') throw new Error(compiled)
  return compiled
}

describe('matching', () => {
  test.each([
    ['/photos/*/*/*.jpg', '/photos/ann/sea-side/wave_07.jpg', true],
    ['/photos/*/*/*.jpg', '/photos/ann/sea-side/wave_07.png', false],
    ['/g/*', '/g/a', true],
    ['/g/*', '/g/a=b', true],
    ['/g/*', '/g/a*b', true],
    ['/g/*', '/g/a%20b', true],
    ['/g/*', '/g/a;x', true],
    ['/g/*', '/g/', false],
    ['/g/*', '/g/a/b', false],
    ['/g/*', '/g/a|b', false],
    ['/r/**', '/r/', true],
    ['/r/**', '/r/a/b=c', true],
    ['/r/**', '/r', false],
    ['/**.jpg', '/a/b/c.jpg', true],
    ['/**.jpg', '/a/b/c.png', false],
    ['/l/a=b', '/l/a=b', true],
    ['/x/a*b', '/x/aaab', true],
    ['/x/a*b', '/x/aZZb', false],
    ['/v/{b}c', '/v/qc', true],
    ['/v/{b}c', '/v/q', false],
    ['/z{b}', '/zq', true],
    ['/z{b}', '/z', false],
    ['/a/', '/a/', true],
    ['/a/', '/a', false],
    ['/', '/', true],
    ['/{name=photos/*}/x', '/photos/1/x', true],
    ['/a.b', '/aXb', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(template(pattern).matches(path)).toBe(expected)
  })
})

test.each([
  'a', '', '//', '/a//b', '/a?b', '/a[b]', '/*b/c', '/**b/c', '/{a}{b}', '/{a}-{b}/c', '/{x=*a}', '/*{a}', '/a{b', '/a}b', '/**/**', '/**/{b}',
  '/{x=**/*}', '/{abcdefghijklmnopq}', '/{a}/{a}', '/{_x}', '/{x=}', '/{a}/{b}/{c}/{d}/{e}/{f}', `/${'a'.repeat(256)}`, '/a b',
])('refuses %j', (pattern) => {
  expect(compileUriTemplate(pattern)).toBeTypeOf('string')
}) // prettier-ignore

test.each([
  '/{a}b/c',
  '/a{b}c/d',
  '/*/**/c',
  '/**/c/d',
  '/a{b=**}c',
  '/{a=**}/{b=lit}',
  '/{x=a/*/b}/y',
  '/*/',
  '/{abcdefghijklmnop}',
])('takes %s', (pattern) => {
  expect(compileUriTemplate(pattern)).toBeInstanceOf(UriTemplate)
})

describe('rewriting', () => {
  test.each([
    ['/{one}/{two}', '/{two}/{one}', '/salt/pepper', '/pepper/salt'],
    [
      '/photos/{size}/{album}/{owner}/{name}.jpg',
      '/{album}/{size}/{name}.jpg',
      '/photos/large/sea-side/ann/wave_07.jpg',
      '/sea-side/large/wave_07.jpg',
    ],
    ['/w/{one}/{two=**}', '/{two}/{one}', '/w/a/b/c', '/b/c/a'],
    ['/{one}/b', '/{one}{one}', '/a/b', '/aa'],
    ['/{one}/b', '/x={one}', '/a/b', '/x=a'],
    ['/{one}/b', '/x', '/no', '/no'],
  ])('%s → %s on %s', (pattern, text, path, expected) => {
    const from = template(pattern)
    const rewrite = compileUriTemplateRewrite(text, from)
    expect(typeof rewrite === 'string' ? rewrite : from.rewrite(path, rewrite)).toBe(expected)
  })

  test.each(['/{two}', 'x', '//', '/a//b', '/a|b', '/{one'])('refuses %s', (text) => {
    expect(compileUriTemplateRewrite(text, template('/{one}/b'))).toBeTypeOf('string')
  })
})

test.each([
  ['/a/b/*', '/a/b/'],
  ['/a/b{c}', '/a/b'],
  ['/ab*c/d', '/a'],
  ['/a/b', '/a/b'],
  ['/**', '/'],
])('every path that %s matches begins with %s', (pattern, prefix) => {
  expect(template(pattern).prefix).toBe(prefix)
})
