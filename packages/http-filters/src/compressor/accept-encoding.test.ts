import { describe, expect, test } from 'vitest'
import { chooseEncoding } from './accept-encoding.ts'

const first = (encoding: string) => ({ encoding, chooseFirst: true })
const plain = (encoding: string) => ({ encoding, chooseFirst: false })

describe('with gzip and br in the chain', () => {
  test.each([
    ['gzip', 'gzip', 'name'],
    ['br', 'br', 'name'],
    ['gzip, br', 'gzip', 'name'],
    ['br, gzip', 'br', 'name'],
    ['gzip;q=0.5, br;q=0.4', 'gzip', 'name'],
    ['gzip;q=0.4 , br ; q=0.5', 'br', 'name'],
    ['*', 'gzip', 'wildcard'],
    ['*;q=0', 'identity', 'nothing'],
    ['gzip;q=0, *', 'br', 'wildcard'],
    ['br;q=0, *;q=0.5', 'gzip', 'wildcard'],
    ['identity', 'identity', 'identity'],
    ['identity, gzip', 'identity', 'identity'],
    ['gzip, identity', 'gzip', 'name'],
    ['gzip;q=0.5, identity;q=0.5', 'gzip', 'name'],
    ['deflate', 'identity', 'nothing'],
    ['gzip;q=0', 'identity', 'nothing'],
    ['gzip;q=0, br;q=0, *', 'identity', 'nothing'],
    ['gzip;q=x', 'identity', 'nothing'],
    ['gzip;q=', 'identity', 'nothing'],
    ['gzip;q=-1', 'identity', 'nothing'],
    ['gzip;foo=1', 'gzip', 'name'],
    ['GZIP', 'identity', 'nothing'],
    ['', 'identity', 'nothing'],
    [',,', 'identity', 'nothing'],
    ['identity;q=0', 'identity', 'nothing'],
    ['deflate, gzip;q=1.0, *;q=0.5', 'gzip', 'name'],
  ])('%j gets %s by %s', (accept, encoding, by) => {
    expect(chooseEncoding(accept, [plain('gzip'), plain('br')])).toEqual({ encoding, by })
  })
})

describe('of equal wishes', () => {
  test.each([
    ['gzip, br', 'br'],
    ['gzip;q=0.9, br;q=0.9', 'br'],
    ['identity, br', 'br'],
    ['gzip;q=0.9, br;q=0.5', 'gzip'],
    ['*', 'gzip'],
  ])('%j gets %s when br is to be chosen first', (accept, encoding) => {
    expect(chooseEncoding(accept, [plain('gzip'), first('br')]).encoding).toBe(encoding)
  })
  test.each([
    ['br, gzip', 'gzip'],
    ['gzip, br', 'br'],
  ])('%j gets the last, %s, when both are to be chosen first', (accept, encoding) => {
    expect(chooseEncoding(accept, [first('gzip'), first('br')]).encoding).toBe(encoding)
  })
})

test('of two compressors with one encoding the first of the chain counts', () => {
  expect(chooseEncoding('br, gzip', [plain('gzip'), first('gzip'), plain('br')]).encoding).toBe('br')
})

test('without any compressor that may, nothing is chosen', () => {
  expect(chooseEncoding('gzip, identity', [])).toEqual({ encoding: 'identity', by: 'nothing' })
})
