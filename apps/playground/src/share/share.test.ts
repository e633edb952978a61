import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PLAIN_LAB } from '../state/lab.ts'
import { PLAIN_REQUEST } from '../state/store.ts'
import { pack, unpack } from './packed.ts'
import { type PageState, readState, stateText } from './state-text.ts'

const STATE: PageState = {
  text: 'static_resources: {}\n# ü 漢 \u0000',
  fileName: 'envoy.yaml',
  page: 'laboratory',
  request: { ...PLAIN_REQUEST, method: 'POST', headers: 'a: b\nc: d', source: '10.0.0.1', random: '7' },
  rows: [{ request: PLAIN_REQUEST, expect: { cluster: 'a', status: 200 } }],
  lab: { ...PLAIN_LAB, policies: ['SCORE', ''], hosts: [{ address: '10.0.0.1:80', factor: 3 }] },
}

test('a state comes back from a link as it was', async () => {
  const packed = await pack(stateText(STATE))
  expect(packed).toMatch(/^[\w-]+$/)
  expect(readState((await unpack(packed))!)).toEqual(STATE)
})

describe('links from strangers', () => {
  test('anything else is no state', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (packed) => {
        const json = await unpack(packed)
        if (json !== undefined) readState(json)
      }),
    )
    expect(await unpack('%%%')).toBeUndefined()
    expect(await unpack('AAAA')).toBeUndefined()
    for (const json of ['', 'null', '[]', '{}', '{"v":2}', '"v"', '{"v":']) expect(readState(json)).toBeUndefined()
  })
  test('one that unpacks to gigabytes is given up at once', async () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 }).toString('base64url')
    expect(bomb.length).toBeLessThan(100_000)
    expect(await unpack(bomb)).toBeUndefined()
  })
  test('fields of the wrong kind have their defaults, and nothing else is taken over', () => {
    const evil = `{"v":1,"text":5,"page":"<img>","rows":[null,{"request":{"url":["x"]},"expect":{"__proto__":{"polluted":1},"cluster":"a","Bad Key":"x","deep":{}}}],
      "request":{"method":{},"url":"/","extra":1},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},
      "lab":{"rps":1e308,"seconds":"9","spread":"evil","policies":["EVIL","MAGLEV","RANDOM"],"weights":{"__proto__":{"polluted":1},"error_rate":2},"incidents":[1,"down * 1s"],"hosts":[{"factor":-1}]}}`
    const state = readState(evil)!
    expect(state.text).toBe('')
    expect(state.page).toBe('map')
    expect(state.request).toEqual({ ...PLAIN_REQUEST, url: '/' })
    expect(state.rows.map((row) => row.expect)).toEqual([{}, { cluster: 'a' }])
    expect(state.lab).toEqual({
      ...PLAIN_LAB,
      policies: ['', 'MAGLEV'],
      weights: { ...PLAIN_LAB.weights, error_rate: 2 },
      incidents: ['down * 1s'],
      hosts: [{ address: '', factor: 1 }],
    })
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
  test('whatever JSON it is, reading it neither throws nor hangs', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => void readState(JSON.stringify({ v: 1, lab: value, rows: [value], request: value, text: value })),
      ),
    )
  })
})
