import { describe, expect, it } from 'vitest'
import { headerId } from './known.ts'
import { type HeaderTable, RequestHeaderTable, requestHeaders, responseHeaders } from './header-table.ts'

/** What a parser does, without its checks. */
function received(lines: string[]): RequestHeaderTable {
  const table = new RequestHeaderTable()
  table.raw = lines.map((line) => `${line}\r\n`).join('')
  table.offsets = new Int32Array(lines.length * 4)
  table.ids = new Uint8Array(lines.length)
  let at = 0
  lines.forEach((line, i) => {
    const colon = line.indexOf(':')
    table.offsets.set([at, at + colon, at + colon + 2, at + line.length], i * 4)
    table.ids[i] = headerId(line.slice(0, colon).toLowerCase())
    at += line.length + 2
  })
  table.count = lines.length
  return table
}
const lines = (headers: HeaderTable): string[] => {
  const out: string[] = []
  headers.forEach((name, value) => out.push(`${name}: ${value}`))
  return out
}

describe('HeaderTable', () => {
  const wire = ['Host: a', 'X-One: 1', 'Accept: x', 'x-one: 2', 'User-Agent: u']

  it('finds known and other names whatever their case and keeps the case on the wire', () => {
    const h = received(wire)
    expect(h.get('host')).toBe('a')
    expect(h.get('x-one')).toBe('1')
    expect(h.getAll('x-one')).toEqual(['1', '2'])
    expect(h.getJoined('x-one')).toBe('1,2')
    expect(h.has('nothing')).toBe(false)
    expect(lines(h)).toEqual(wire)
  })

  it('sets in place, drops the other lines of that name, and counts', () => {
    const h = received(wire)
    h.append('x-one', '3')
    h.set('x-one', 'new')
    expect(lines(h)).toEqual(['Host: a', 'X-One: new', 'Accept: x', 'User-Agent: u'])
    expect(h.size).toBe(4)
    h.set('added', 'y')
    h.set('added', 'z')
    expect(h.get('added')).toBe('z')
    expect(h.size).toBe(5)
  })

  it('removes received and added lines', () => {
    const h = received(wire)
    h.append('X-One', '3')
    expect(h.remove('x-one')).toBe(true)
    expect(h.remove('x-one')).toBe(false)
    expect(h.has('x-one')).toBe(false)
    expect(lines(h)).toEqual(['Host: a', 'Accept: x', 'User-Agent: u'])
  })

  it('reaches pseudo headers through the same look-ups', () => {
    const h = requestHeaders([
      [':method', 'GET'],
      [':path', '/x'],
      ['a', 'b'],
    ])
    expect(h.get(':path')).toBe('/x')
    expect(h.get(':authority')).toBeUndefined()
    h.set(':path', '/y')
    expect(h.path).toBe('/y')
    expect(h.size).toBe(1)
    expect(responseHeaders(200).get(':status')).toBe('200')
  })

  it('has host as another name of :authority, as soon as there is one', () => {
    const h = received(wire)
    expect(h.get('host')).toBe('a')
    h.authority = 'b'
    expect([h.get('host'), h.getAll('host'), h.has('host')]).toEqual(['b', ['b'], true])
    h.set('host', 'c')
    expect(h.authority).toBe('c')
  })
})
