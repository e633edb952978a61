import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Body, Coding, HeaderLines, RequestStep, Tree } from './document.ts'
import { readCue, readPieces, readRawPiece } from './cues.ts'
import { isTree } from './trees.ts'

const METHOD = /^[A-Z][A-Z-]*$/
const KEYS = new Set([
  'request',
  'headers',
  'body',
  'trailers',
  'pieces',
  'listener',
  'protocol',
  'tls',
  'on',
  'abort',
  'until',
  'held',
  'times',
  'tunnel',
  'keep',
])

const PLAIN: Omit<RequestStep, 'method' | 'path' | 'headers'> = {
  body: undefined,
  trailers: [],
  pieces: [],
  held: false,
  listener: 'main',
  protocol: 'http1',
  tls: undefined,
  on: undefined,
  abort: undefined,
  until: undefined,
  times: 1,
  tunnel: undefined,
  keep: {},
}

/**
 * Reads a request: `GET /path`, `GET @listener /path`, `/path`, `GET http://host/path`, each perhaps followed by ` | name=value` for headers; or a
 * map with that text as `request`. Without a host header the host is `example.com`.
 */
export function readRequest(given: string | Tree, place: string): RequestStep {
  if (typeof given === 'string') return fromText(given)
  for (const key of Object.keys(given)) if (!KEYS.has(key)) throw new Error(`${place}: a request has no ${key}`)
  if (typeof given['request'] !== 'string') throw new Error(`${place}: a request needs the text \`request\``)
  const base = fromText(given['request'])
  readPieces(given['pieces'], place)
  for (const key of ['abort', 'until']) if (given[key] !== undefined) readCue(given[key], place)
  for (const piece of (given['tunnel'] ?? []) as unknown[]) readRawPiece(piece, place)
  const headers = headerPairs(given['headers'] as HeaderLines | undefined)
  const named = headers.some(([name]) => name.toLowerCase() === 'host')
  return {
    ...base,
    ...(given as Partial<RequestStep>),
    headers: [...base.headers.filter(([name]) => !(named && name === 'host')), ...headers],
    trailers: headerPairs(given['trailers'] as HeaderLines | undefined),
    body: given['body'] === undefined ? undefined : bodyText(given['body'] as Body),
  }
}

function fromText(text: string): RequestStep {
  const [line = '', ...headerTexts] = text.split(' | ')
  const space = line.indexOf(' ')
  const word = space < 0 ? '' : line.slice(0, space)
  const method = METHOD.test(word) ? word : 'GET'
  const [, listener = 'main', target = ''] =
    /^(?:@(\S+) )?(.*)$/s.exec(METHOD.test(word) ? line.slice(space + 1) : line) ?? []
  const url = /^http:\/\/([^/?#]+)(.*)$/.exec(target)
  const headers = headerTexts.map((each) => splitAt(each, '='))
  const named = headers.some(([name]) => name.toLowerCase() === 'host')
  return {
    ...PLAIN,
    listener,
    method,
    path: url === null ? target : url[2] === '' ? '/' : url[2]!,
    headers: named ? headers : [['host', url?.[1] ?? 'example.com'], ...headers],
  }
}

export function headerPairs(lines: HeaderLines | undefined): (readonly [string, string])[] {
  if (lines === undefined) return []
  if (!isTree(lines)) return lines.map((line) => splitAt(line, ':'))
  return Object.entries(lines).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map((each) => [name, String(each)] as const),
  )
}

function splitAt(line: string, mark: ':' | '='): readonly [string, string] {
  const at = line.indexOf(mark, 1)
  if (at < 0) throw new Error(`${JSON.stringify(line)} is no header: it has no ${mark}`)
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}

const CODERS: Readonly<Record<Coding, (text: string) => Buffer>> = {
  gzip: (text) => gzipSync(text),
  deflate: (text) => deflateSync(text),
  br: (text) => brotliCompressSync(text),
}

/** The bytes of a body as Latin-1 text. */
export function bodyText(body: Body): string {
  if (typeof body === 'string') return body
  if ('repeat' in body) return body.repeat.repeat(body.times)
  const [[coding, text] = ['gzip', ''] as const] = Object.entries(body) as [Coding, string][]
  return CODERS[coding](text).toString('latin1')
}
