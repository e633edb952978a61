import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testContext } from '../testing/context.ts'
import { compileFormat, type FormatOptions } from './format.ts'

// Every operator that prints something from outside, each followed by a mark that no value may forge.
const WIDE =
  '%REQ(x)%\u241e%RESP(x)%\u241e%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%\u241e%ROUTE_NAME%\u241e%UPSTREAM_CLUSTER%\u241e' +
  '%UPSTREAM_TRANSPORT_FAILURE_REASON%\u241e%CONNECTION_TERMINATION_DETAILS%\u241e%DYNAMIC_METADATA(m:k)%\u241e' +
  '%DYNAMIC_METADATA(m)%\u241e%FILTER_STATE(f:PLAIN)%\u241e%PATH%\u241e%QUERY_PARAM(q)%\u241e%UPSTREAM_HOST_NAME%\u241e' +
  '%REQUESTED_SERVER_NAME%\u241e%STREAM_ID%\u241e%LOCAL_REPLY_BODY%\n'

function line(hostile: string, options: FormatOptions): string {
  const compiled = compileFormat(WIDE, options)
  if (!compiled.ok) throw new Error(compiled.message)
  const info = {
    details: hostile,
    routeName: hostile,
    upstreamCluster: hostile,
    upstreamTransportFailure: hostile,
    upstreamHost: { address: 'a:1', hostname: hostile },
    requestId: hostile,
  }
  const context = testContext([[':path', `/a?q=${hostile}`], ['x', hostile]], [['x', hostile]], info, { terminationDetails: hostile, serverName: hostile }) // prettier-ignore
  context.info.setMetadata('m', { k: hostile })
  context.info.filterState = new Map([['f', { serialize: () => hostile }]])
  context.localReplyBody = hostile
  return compiled.formatter.format(context)
}

const PAYLOADS = [
  '\n', '\r\n', 'a\nb', '\r', '\v\f', '\0', '\x1b[2J', '\x7f', '\x85', '\u2028\u2029', '\u010a', '\u010d', 'x\u0a0ay', '%0a', '%0d%0a',
  '\\n', '"\n"', "'\n", '\t', '\ud800', '\udfff\n', '😀\n', '[2026-01-01T00:00:00.000Z] "GET / HTTP/1.1" 200\n', '%REQ(y)%\n',
  '\n'.repeat(1000), '\b\b\b', '\x00\x01\x02', '\x1f', '\x80\x9f', 'é\n', '{"a":\n1}', '</script>\n', '-\n-', '\n\n', ' \n ',
  '\x0a\x0d', '%0A', '\u0000\n', '\ufeff\n', '\n\u202e',
] // prettier-ignore

describe('a text line', () => {
  it.each(PAYLOADS.map((payload, i) => [i, payload] as const))('stays one line with payload %i', (_, payload) => {
    expectOneLine(line(payload, {}))
    // oxlint-disable-next-line no-control-regex -- they may not be there
    expect(line(payload, { controls: 'header' }).slice(0, -1)).not.toMatch(/[\0-\x1f\x7f\u0100-\uffff]/)
  })

  it('stays one line whatever the bytes (property)', () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
    // The mark is an ordinary character: a value that holds it is no forgery, it only spoils the count.
    const text = fc.string({ unit }).filter((value) => !value.includes('\u241e') && !value.includes('\xe2\x90\x9e'))
    fc.assert(fc.property(text, (hostile) => expectOneLine(line(hostile, {}))))
  })
})

function expectOneLine(text: string): void {
  expect(text.endsWith('\n')).toBe(true)
  // oxlint-disable-next-line no-control-regex -- they may not be there
  expect(text.slice(0, -1)).not.toMatch(/[\0-\x1f\x7f\u0100-\uffff]/)
  expect(text.split('\xe2\x90\x9e')).toHaveLength(16)
}
