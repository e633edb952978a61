import { latin1Bytes, latin1Text, NO_SPAN, type Span } from '@nuncio/core'
import { type AnyHttpFilterDefinition, type HttpFilter, localReply } from '@nuncio/filter-chain'
import { cors } from '@nuncio/http-filters'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { checkFilter, type CheckOptions } from './check-filter.ts'

const EMPTY = new Uint8Array(0)
const waits = async (): Promise<void> => await setImmediate()
const TYPE = 'nuncio.test.Checked'

function definition(name: string, make: () => HttpFilter): AnyHttpFilterDefinition {
  return {
    name,
    config: { type: TYPE, honours: {}, messages: { [TYPE]: { f: {} } } },
    stability: 'stable',
    create: () => make,
  }
}

async function rulesBroken(make: () => HttpFilter, options?: CheckOptions): Promise<string[]> {
  const violations = await checkFilter(definition('example.broken', make), options)
  for (const { message } of violations) expect(message).toMatch(/^example\.broken: /)
  return [...new Set(violations.map(({ rule }) => rule))]
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return latin1Bytes(parts.map(latin1Text).join(''))
}

describe('a good filter breaks no rule:', () => {
  test.each<[string, () => HttpFilter]>([
    ['one without hooks', () => ({})],
    [
      'one that changes each byte',
      () => ({
        onRequestData: (chunk) => chunk.map((byte) => byte ^ 1),
        onResponseData: (chunk) => chunk.map((byte) => byte ^ 1),
      }),
    ],
    [
      'one that changes the chunk it was lent',
      () => ({
        onResponseData: (chunk) => {
          chunk.forEach((byte, i) => (chunk[i] = byte ^ 1))
        },
      }),
    ],
    [
      'one that waits in every phase',
      () => ({
        onRequestHeaders: waits,
        onRequestData: async (chunk) => (await setImmediate(), concat([chunk])),
        onRequestTrailers: waits,
        onResponseHeaders: waits,
        onResponseData: waits,
        onResponseTrailers: waits,
      }),
    ],
    [
      'one that reads the whole request first',
      () => ({
        async onRequestHeaders(headers, stream) {
          const body = await stream.bufferRequest(1000)
          headers.set('x-length', String(body?.length))
        },
      }),
    ],
    [
      'one that keeps a response to its end, whichever it is',
      () => {
        const kept: Uint8Array[] = []
        return {
          onResponseData(chunk, _stream, end) {
            kept.push(chunk.slice())
            return end ? concat(kept) : EMPTY
          },
          onResponseTrailers: (_trailers, stream) => stream.addResponseData(concat(kept)),
        }
      },
    ],
    ['one that answers', () => ({ onRequestHeaders: () => localReply(403, 'no', { body: 'no' }) })],
    ['one that answers later', () => ({ onRequestHeaders: async () => (await setImmediate(), localReply(403, 'no')) })],
    ['one that answers for the upstream', () => ({ onResponseHeaders: () => localReply(502, 'no', { body: 'no' }) })],
    [
      'one that cancels what it began',
      () => {
        let over = false
        return {
          onRequestHeaders: (_headers, stream) => void setImmediate().then(() => over || stream.clearRouteCache()),
          onComplete: () => void (over = true),
        }
      },
    ],
  ])('%s', async (_, make) => {
    expect(await checkFilter(definition('example.good', make))).toEqual([])
  })

  test('one of Envoy, with its configuration on the route', async () => {
    const violations = await checkFilter(cors, {
      routeConfigs: ['allow_origin_string_match: [{ exact: https://a.example }]'],
      request: { headers: [['origin', 'https://a.example']] },
    })
    expect(violations).toEqual([])
  })
})

describe('a broken filter is caught by name:', () => {
  test.each<[string, string, () => HttpFilter]>([
    [
      'it takes a chunk for the body',
      'chunk-boundaries',
      () => ({ onRequestData: (chunk) => concat([latin1Bytes('<'), chunk, latin1Bytes('>')]) }),
    ],
    [
      'it looks for a word in each chunk',
      'chunk-boundaries',
      () => ({ onResponseData: (chunk) => latin1Bytes(latin1Text(chunk).replace('response', 'answer')) }),
    ],
    [
      'it waits for an end that comes as trailers',
      'chunk-boundaries',
      () => {
        const kept: Uint8Array[] = []
        return { onRequestData: (chunk, _stream, end) => (kept.push(chunk.slice()), end ? concat(kept) : EMPTY) }
      },
    ],
    [
      'it keeps chunks that were lent',
      'keeps-chunk',
      () => {
        const kept: Uint8Array[] = []
        return {
          onResponseData: (chunk, _stream, end) => (kept.push(chunk), end ? concat(kept) : EMPTY),
          onResponseTrailers: (_trailers, stream) => stream.addResponseData(concat(kept)),
        }
      },
    ],
    [
      'it acts when the client has gone',
      'after-end',
      () => ({
        onRequestHeaders(_headers, stream) {
          void setImmediate().then(() => stream.clearRouteCache())
        },
      }),
    ],
    ['it acts in the end', 'after-end', () => ({ onComplete: (stream) => stream.reset('local reset', 'too late') })],
    [
      'it answers its own answer',
      'second-local-reply',
      () => ({
        onRequestHeaders: () => localReply(401, 'first'),
        onResponseHeaders: () => localReply(403, 'second'),
      }),
    ],
    [
      'it throws',
      'throws',
      () => ({
        onRequestData() {
          throw new TypeError('oops')
        },
      }),
    ],
    ['it rejects', 'throws', () => ({ onResponseHeaders: async () => await Promise.reject(new TypeError('oops')) })],
    [
      'it throws only when the client goes away before there is a response',
      'throws',
      () => ({ onComplete: (stream) => void stream.responseHeaders!.status }),
    ],
    [
      'it forgets a promise',
      'unhandled-rejection',
      () => ({ onRequestHeaders: () => void setImmediate().then(() => Promise.reject(new TypeError('lost'))) }),
    ],
    [
      'it forgets a span when the client goes away',
      'span-left-open',
      () => {
        let span: Span = NO_SPAN
        return {
          onRequestHeaders: (_headers, stream) => void (span = stream.span.child('look-up')),
          onResponseHeaders: () => span.end(),
        }
      },
    ],
    ['it never settles', 'never-ends', () => ({ onRequestHeaders: () => new Promise<void>(() => {}) })],
  ])('%s (%s)', async (_, rule, make) => {
    expect(await rulesBroken(make)).toContain(rule)
  })

  test('each defect is told once, with where it showed', async () => {
    const violations = await checkFilter(
      definition('example.broken', () => ({
        onRequestData() {
          throw new TypeError('oops')
        },
      })),
    )
    expect(violations).toEqual([
      {
        rule: 'throws',
        message: 'example.broken: threw or rejected with TypeError: oops (bodies in one chunk)',
      },
    ])
  })

  test('one that a chain does not take', async () => {
    const terminal = { ...definition('example.terminal', () => ({})), terminal: true }
    expect(await checkFilter(terminal)).toMatchObject([{ rule: 'configuration' }])
  })
})

test('checks side by side do not take each other’s rejections', async () => {
  const lost = definition('example.lost', () => ({
    onRequestHeaders: () => void setImmediate().then(() => Promise.reject(new TypeError('lost'))),
  }))
  const good = definition('example.good', () => ({}))
  const found = await Promise.all([checkFilter(good), checkFilter(lost), checkFilter(good)])
  expect(found.map((violations) => violations.map(({ rule }) => rule))).toEqual([[], ['unhandled-rejection'], []])
})
