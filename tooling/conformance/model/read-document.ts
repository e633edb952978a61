import { createHash } from 'node:crypto'
import { parse } from 'yaml'
import type { AdminStep, Case, Compare, Document, OriginScript, Parts, RawStep, Reply, Step, Tree } from './document.ts'
import { readExceptions } from '../compare/exceptions.ts'
import { readCue, readPieces, readRawPiece } from './cues.ts'
import { readRequest } from './requests.ts'
import { isTree } from './trees.ts'

const PARTS = [
  'bootstrap',
  'top',
  'listener',
  'listeners',
  'variants',
  'filter_chain',
  'network_filters',
  'http',
  'tcp',
  'hcm',
  'access_logs',
  'http_filters',
  'router',
  'route_config',
  'virtual_hosts',
  'routes',
  'virtual_host',
  'clusters',
  'files',
]
const REPLY = [
  'status',
  'headers',
  'body',
  'trailers',
  'pieces',
  'interim',
  'after',
  'raw',
  'then',
  'echo',
  'early',
  'code',
  'message',
]
const COMPARE = ['order', 'origins', 'log', 'lines', 'stats', 'connections', 'except']
const DEFAULTS: Compare = {
  order: false,
  origins: 'requests',
  log: 'all',
  lines: undefined,
  stats: [],
  connections: false,
  except: {},
}

/** Reads a document; throws with its place for anything that has no meaning. */
export function readDocument(id: string, text: string): Document {
  const tree: unknown = parse(text, { uniqueKeys: true, merge: true })
  if (!isTree(tree)) throw new Error(`${id}: not a map`)
  known(tree, ['feature', 'about', 'mode', 'config', 'origins', 'compare', 'cases', 'name', 'do'], id)
  if (typeof tree['feature'] !== 'string') throw new Error(`${id}: \`feature\` is missing`)
  const mode = tree['mode'] ?? 'serve'
  if (mode !== 'serve' && mode !== 'validate') throw new Error(`${id}: mode is serve or validate`)
  const compare = readCompare(tree['compare'], DEFAULTS, id)
  const list = tree['cases'] ?? [{ name: tree['name'], do: tree['do'] }]
  if (!Array.isArray(list)) throw new Error(`${id}: \`cases\` is not a list`)
  const cases = list.map((each, i) => readCase(each as string | Tree, compare, mode, `${id}: case ${i + 1}`))
  const twice = cases.find((each, i) => cases.findIndex(({ name }) => name === each.name) !== i)
  if (twice !== undefined) throw new Error(`${id}: two cases are called ${JSON.stringify(twice.name)}`)
  return {
    id,
    mode,
    feature: tree['feature'],
    config: readParts(tree['config'], `${id}: config`),
    origins: readOrigins(tree['origins'], id),
    cases,
    digest: createHash('sha256').update(text).digest('hex').slice(0, 16),
  }
}

function known(tree: Tree, keys: readonly string[], place: string): void {
  const strange = Object.keys(tree).find((key) => !keys.includes(key))
  if (strange !== undefined) throw new Error(`${place}: unknown key ${strange}; there are ${keys.join(', ')}`)
}

function readParts(value: unknown, place: string): Parts {
  if (value === undefined) return {}
  if (!isTree(value)) throw new Error(`${place} is not a map`)
  known(value, PARTS, place)
  for (const [name, parts] of Object.entries((value['variants'] ?? {}) as Tree)) readParts(parts, `${place}: ${name}`)
  return value
}

function readOrigins(value: unknown, id: string): Record<string, OriginScript> {
  if (value === undefined) return {}
  if (!isTree(value)) throw new Error(`${id}: \`origins\` is not a map`)
  return Object.fromEntries(
    Object.entries(value).map(([name, given]) => {
      const place = `${id}: origin ${name}`
      if (given === null || Array.isArray(given)) return [name, { kind: 'http1', replies: readReplies(given, place) }]
      const tree = given as Tree
      const { kind = tree['grpc'] === undefined ? 'http1' : 'http2', tls, client_ca, grpc, replies, ...rest } = tree
      const script = { kind, tls, client_ca, grpc, replies: readReplies(replies ?? rest, place) } as OriginScript
      return [name, script]
    }),
  )
}

function readReplies(value: unknown, place: string): readonly Reply[] {
  const list = Array.isArray(value) ? (value as Tree[]) : value === null ? [{}] : [value as Tree]
  for (const reply of list) {
    known(reply, REPLY, place)
    if (reply['after'] !== undefined) readCue(reply['after'], place)
    readPieces(reply['pieces'], place)
  }
  return list
}

function readCompare(value: unknown, defaults: Compare, place: string): Compare {
  if (value === undefined) return defaults
  if (!isTree(value)) throw new Error(`${place}: \`compare\` is not a map`)
  known(value, COMPARE, `${place}: compare`)
  const own = value as Partial<Compare>
  return { ...defaults, ...own, except: { ...defaults.except, ...readExceptions(own.except, place) } }
}

function readCase(given: string | Tree, compare: Compare, mode: Document['mode'], place: string): Case {
  if (typeof given === 'string') {
    return {
      name: given,
      origins: {},
      config: {},
      text: undefined,
      compare,
      steps: [request(readRequest(given, place))],
    }
  }
  known(given, ['name', 'origins', 'do', 'compare', 'config', 'text', 'request', 'headers', 'body', 'stats'], place)
  const { name, do: steps, origins, request: line, headers, body, stats } = given
  if (typeof (name ?? line) !== 'string') throw new Error(`${place}: \`name\` is missing`)
  const single =
    line === undefined
      ? []
      : [{ request: line, ...(headers !== undefined && { headers }), ...(body !== undefined && { body }) }]
  const list = steps ?? single
  if (!Array.isArray(list) || (list.length === 0 && mode === 'serve')) throw new Error(`${place}: nothing to do`)
  const own = readCompare(given['compare'], compare, place)
  return {
    name: String(name ?? line),
    origins: Object.fromEntries(
      Object.entries((origins ?? {}) as Tree).map(([origin, replies]) => [origin, readReplies(replies, place)]),
    ),
    config: readParts(given['config'], `${place}: config`),
    text: given['text'] as string | undefined,
    compare: stats === undefined ? own : { ...own, stats: stats as string[] },
    steps: list.map((step, i) => readStep(step as string | Tree, `${place}, step ${i + 1}`)),
  }
}

const request = (read: ReturnType<typeof readRequest>): Step => ({ kind: 'request', request: read })

function readStep(given: string | Tree, place: string): Step {
  if (typeof given === 'string' || 'request' in given) return request(readRequest(given, place))
  if ('raw' in given) return { kind: 'raw', raw: readRaw(given, place) }
  if ('together' in given) {
    const requests = (given['together'] as (string | Tree)[]).map((each) => readRequest(each, place))
    return { kind: 'together', requests: requests.flatMap((each) => Array.from({ length: each.times }, () => each)) }
  }
  if ('wait' in given) return { kind: 'wait', ms: Number(given['wait']) }
  if ('until' in given) {
    known(given, ['until', 'is'], place)
    const { until, is } = given
    return { kind: 'until', cue: readCue(typeof until === 'string' ? { stat: until, is } : until, place) }
  }
  if ('counters' in given) {
    known(given, ['counters'], place)
    return { kind: 'counters', counters: String(given['counters']) }
  }
  if ('release' in given) return { kind: 'release', name: String(given['release']) }
  if ('admin' in given) {
    known(given, ['admin', 'method', 'take', 'lines', 'shape'], place)
    const { admin: path, ...rest } = given
    return { kind: 'admin', admin: { method: 'GET', path, ...rest } as unknown as AdminStep }
  }
  if ('write' in given) {
    known(given, ['write'], place)
    return { kind: 'write', files: given['write'] as Readonly<Record<string, Tree | string>> }
  }
  throw new Error(`${place}: a step is a request, raw, together, wait, until, release, counters, admin or write`)
}

function readRaw(given: Tree, place: string): RawStep {
  known(given, ['raw', 'listener', 'tls', 'on', 'until'], place)
  const { raw, listener = 'main', tls, on, until = 'closed' } = given
  const word = isTree(until) ? Object.keys(until).join(' ') : String(until)
  if (!['closed', 'now', 'bytes', 'quiet'].includes(word))
    throw new Error(`${place}: until is closed, now, { bytes } or { quiet }`)
  for (const piece of Array.isArray(raw) ? (raw as unknown[]) : []) readRawPiece(piece, place)
  return { raw: Array.isArray(raw) ? raw : [raw], listener, tls, on, until } as RawStep
}
