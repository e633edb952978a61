import { describe, expect, test } from 'vitest'
import { completionsAt } from './complete.ts'
import { hoverAt } from './hover.ts'

/** The text without its `|`, and where that was. */
function cursor(text: string): [string, number] {
  const offset = text.indexOf('|')
  return [text.slice(0, offset) + text.slice(offset + 1), offset]
}
const labels = (text: string): string[] => completionsAt(...cursor(text))?.options.map(({ label }) => label) ?? []

const HCM = `static_resources:
  listeners:
  - name: a
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
`

describe('completion', () => {
  test('offers the fields of the message that the cursor is in, without those that are there', () => {
    const found = labels('static_resources:\n  clusters:\n  - name: a\n    lb_|\n')
    expect(found).toContain('lb_policy')
    expect(found).not.toContain('name')
    expect(found).not.toContain('virtual_hosts')
  })
  test('works in flow maps, at the top, and where a key is changed', () => {
    expect(labels('admin: { | }')).toContain('address')
    expect(labels('|')).toContain('static_resources')
    expect(completionsAt(...cursor('adm|in: {}'))!.options.find(({ label }) => label === 'admin')!.apply).toBe('admin')
  })
  test('knows what an Any holds', () => {
    const found = labels(`${HCM}          codec|`)
    expect(found).toContain('codec_type')
    expect(found).toContain('route_config')
  })
  test('offers the values of enums and booleans, and the types of extensions', () => {
    expect(labels('static_resources:\n  clusters:\n  - lb_policy: |\n')).toContain('LEAST_REQUEST')
    expect(labels(`${HCM}          generate_request_id: t|`)).toEqual(['true', 'false'])
    expect(labels(`${HCM}          http_filters: [{ typed_config: { "@type": | } }]`)).toContain(
      'envoy.extensions.filters.http.router.v3.Router',
    )
  })
  test.each(['# a|', 'nothing:\n  known: |', 'static_resources:\n  lis:\n    a|'])(
    'has nothing to say at %j',
    (text) => {
      expect(labels(text)).toEqual([])
    },
  )
})

describe('hover', () => {
  test('tells what a field is', async () => {
    const found = await hoverAt(...cursor('static_resources:\n  clusters:\n  - connect_t|imeout: 1s\n'))
    expect(found).toMatchObject({ name: 'connect_timeout', type: 'duration', from: 34, to: 49 })
    expect(found!.doc.length).toBeGreaterThan(20)
  })
  test('tells it for values too, and nothing where nothing is known', async () => {
    expect(await hoverAt(...cursor('admin: { address: { socket_address: { port_value: 1|0 } } }'))).toMatchObject({
      name: 'port_value',
    })
    expect(await hoverAt(...cursor('un|known: 1'))).toBeUndefined()
  })
})
