import { REQUEST_CASES, type RequestCase, RESPONSE_CASES } from '@nuncio/http-codec/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from './testing/client.ts'
import { forwarding } from './testing/forwarding.ts'
import { ServingBinary } from './testing/run-binary.ts'
import { StrictOrigin } from './testing/strict-origin.ts'

/** The connection manager's YAML for a case's options. HTTP/1 only: with AUTO the preface of HTTP/2 is one. */
function yamlOf(options: RequestCase['options']): string {
  if (options === undefined) return 'codec_type: HTTP1'
  const fields = [
    options.acceptHttp10 === undefined ? [] : `accept_http_10: ${options.acceptHttp10}`,
    options.allowChunkedLength === undefined ? [] : `allow_chunked_length: ${options.allowChunkedLength}`,
    options.defaultHostForHttp10 === undefined ? [] : `default_host_for_http_10: ${options.defaultHostForHttp10}`,
  ].flat()
  return `http_protocol_options: { ${fields.join(', ')} }`
}

const groups = new Map<string, RequestCase[]>()
// `OPTIONS *` has no path that a route could match; what the proxy says to it is the router's business.
for (const each of REQUEST_CASES.filter(({ forwarded }) => forwarded.every(({ path }) => path !== '*'))) {
  const key = yamlOf(each.options)
  groups.set(key, [...(groups.get(key) ?? []), each])
}

let origin: StrictOrigin
beforeAll(async () => {
  origin = await StrictOrigin.start()
})
afterAll(() => origin[Symbol.asyncDispose]())

describe.each([...groups])('requests through the binary with %s', (hcm, cases) => {
  let proxy: ServingBinary
  beforeAll(async () => {
    proxy = await ServingBinary.start(forwarding(origin.port, hcm))
  })
  afterAll(() => proxy[Symbol.asyncDispose]())

  test.each(cases.map((each) => [`${each.rule}: ${each.name}`, each] as const))('%s', async (_title, each) => {
    const { bytes } = each
    for (const pieces of [[bytes], [bytes.slice(0, 7), bytes.slice(7)], [...split(bytes)]]) {
      origin.requests = []
      origin.violations = []
      const expected = each.forwarded.length + (each.refused === undefined ? 0 : 1)
      const { responses } = await exchange(
        proxy.ports.get('main')!,
        pieces,
        expected,
        each.forwarded.map((request) => request.method),
      )
      const finals = responses.filter((response) => response.status >= 200).map((response) => response.status)
      expect(origin.violations).toEqual([])
      expect(origin.requests).toEqual(each.forwarded)
      expect(finals).toEqual([...each.forwarded.map(() => 200), ...(each.refused === undefined ? [] : [each.refused])])
    }
    expect(proxy.child.exitCode).toBeNull()
  })
})

/** Uneven pieces that cut through every kind of place. */
function* split(bytes: string): Iterable<string> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 5) + 1) yield bytes.slice(at, at + size)
}

describe('responses through the binary', () => {
  let proxy: ServingBinary
  beforeAll(async () => {
    proxy = await ServingBinary.start(forwarding(origin.port))
  })
  afterAll(() => proxy[Symbol.asyncDispose]())

  test.each(RESPONSE_CASES.map((each) => [`${each.rule}: ${each.name}`, each] as const))('%s', async (_title, each) => {
    origin.answer = (_request, socket) => {
      socket.write(each.bytes, 'latin1')
      if (each.eof) socket.end()
    }
    const body = each.method === 'POST' ? 'content-length: 0\r\n' : ''
    const { responses } = await exchange(
      proxy.ports.get('main')!,
      [`${each.method} / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${body}\r\n`],
      1,
      [each.method],
    )
    const final = responses.find((response) => response.status >= 200)
    const informational = responses.filter((response) => response.status < 200).map((response) => response.status)
    expect(informational).toEqual(each.informational)
    if (each.answer === undefined) expect(final?.status).toBeOneOf([502, 503])
    else {
      expect({ status: final?.status, complete: final?.complete }).toEqual({
        status: each.answer.status,
        complete: each.answer.complete,
      })
      // Of a body that breaks off it depends on the reads how much went on; never anything else.
      if (each.answer.complete) expect(final?.body).toBe(each.answer.body)
      else expect(each.answer.body.startsWith(final?.body ?? '')).toBe(true)
    }
    expect(proxy.child.exitCode).toBeNull()
  })
})
