import { runFilter, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { setMetadata } from './index.ts'

const before = [
  { onRequestHeaders: (_: unknown, s: { info: Transcript['info'] }) => s.info.setMetadata('ns', { a: { x: 1 }, l: [1], b: 1 }) },
] // prettier-ignore
const over = '{ metadata_namespace: ns, value: { a: { y: 2 }, l: [2], b: 2, c: 3 }'
const written = (t: Transcript): unknown => t.info.metadata?.get('ns')

describe('envoy.filters.http.set_metadata', () => {
  test('writes metadata that later filters, formatters and balancers can read', async () => {
    const t = await runFilter(setMetadata, { config: 'metadata: [{ metadata_namespace: ns, value: { tier: gold } }]' })
    expect([written(t), t.upstream?.path]).toEqual([{ tier: 'gold' }, '/'])
  })

  test('leaves a namespace alone that has been written to, and counts that', async () => {
    const t = await runFilter(setMetadata, { config: `metadata: [${over} }]`, before })
    expect(written(t)).toEqual({ a: { x: 1 }, l: [1], b: 1 })
    expect(t.stats.counter('http.test.set_metadata.overwrite_denied').value).toBe(1)
  })

  test('merges into it when it may', async () => {
    const t = await runFilter(setMetadata, { config: `metadata: [${over}, allow_overwrite: true }]`, before })
    expect(written(t)).toEqual({ a: { x: 1, y: 2 }, l: [1, 2], b: 2, c: 3 })
  })

  test('knows the old form, which always merges', async () => {
    const t = await runFilter(setMetadata, { config: '{ metadata_namespace: ns, value: { b: 2 } }', before })
    expect(written(t)).toEqual({ a: { x: 1 }, l: [1], b: 2 })
  })

  test('writes messages too, where there are no fields beside them', async () => {
    const zone = (name: string): string =>
      `typed_value: { "@type": type.googleapis.com/envoy.config.core.v3.Locality, zone: ${name} }`
    const config = `metadata: [{ metadata_namespace: a, ${zone('one')} }, { metadata_namespace: a, ${zone('denied')} }, { metadata_namespace: b, ${zone('x')} }, { metadata_namespace: b, ${zone('two')}, allow_overwrite: true }, { metadata_namespace: c, value: { x: 1 }, ${zone('none')} }]`
    const t = await runFilter(setMetadata, { config })
    const type = 'envoy.config.core.v3.Locality'
    expect([...t.info.typedMetadata!]).toEqual([['a', { '@type': type, zone: 'one' }], ['b', { '@type': type, zone: 'two' }]]) // prettier-ignore
    expect([t.stats.counter('http.test.set_metadata.overwrite_denied').value, t.info.metadata?.get('c')]).toEqual([1, { x: 1 }]) // prettier-ignore
  })

  test('writes that of the nearest level of the route after its own', async () => {
    const level = (text: string): string =>
      `metadata: [{ metadata_namespace: ns, value: { ${text}: 1 }, allow_overwrite: true }]`
    const t = await runFilter(setMetadata, { config: level('own'), routeConfigs: [level('route'), level('host')] })
    expect(written(t)).toEqual({ own: 1, route: 1 })
  })
})
