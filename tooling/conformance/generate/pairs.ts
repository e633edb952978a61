import { stringify } from 'yaml'
import type { Document, Tree } from '../model/document.ts'
import { readDocument } from '../model/read-document.ts'
import { isTree, mapTexts } from '../model/trees.ts'
import { ORIGINS, SHARED_CLUSTERS } from './origins.ts'

/** What is generated for one case. */
export interface Pair {
  /** What it is about: a name of `KINDS`. */
  readonly kind: string
  /** A virtual host without its name and domains; `x` and `y` are the clusters below. */
  readonly host: Tree
  readonly request: Tree
  /** Requests that follow it. */
  readonly more?: readonly Tree[] | undefined
  /** What the origins that are not named otherwise answer, one after the other; undefined: always the same. */
  readonly replies?: readonly Tree[] | undefined
  /** What origins of services answer, by name. */
  readonly scripts?: Readonly<Record<string, readonly Tree[]>> | undefined
  /** Parts of the listener that the request goes to. */
  readonly listener: Tree
  readonly clusters: { readonly x: Tree; readonly y: Tree }
}

/** The case of a pair; explanations may ask for the kind and the method. */
const caseName = ({ kind, request: { method = 'bytes' } }: Pair, at: number): string =>
  `pair ${at} of ${kind}: ${String(method)}`

/** One document of many pairs: each has a listener, a virtual host and clusters of its own, so that one proxy plays them all. */
export function documentOf(id: string, pairs: readonly Pair[]): { readonly document: Document; readonly text: string } {
  const text = stringify(
    {
      feature: 'Generated routes and requests',
      config: {
        hcm: { delayed_close_timeout: '0.02s' },
        variants: Object.fromEntries(pairs.map((pair, i) => [`l${i}`, listenerOf(pair, i)])),
        routes: [],
        clusters: Object.fromEntries([
          ...Object.entries(SHARED_CLUSTERS),
          ...pairs.flatMap(({ clusters: { x, y } }, i) => [[`x${i}`, x] as const, [`y${i}`, y]] as const),
        ]),
      },
      origins: ORIGINS,
      compare: {
        except: {
          'log\\[\\d\\]\\.received': 'How much of a body has come when it is answered early is chance.',
          'origins\\.g\\[\\d\\]\\.message\\.attributes\\.request\\.http\\.id': 'Each proxy numbers its streams.',
        },
      },
      cases: pairs.map((pair, i) => ({
        name: caseName(pair, i),
        do: [pair.request, ...(pair.more ?? [])].map((request) => stepOf(request, pair, i)),
        ...(Object.keys(scriptsOf(pair)).length > 0 && { origins: named(scriptsOf(pair), i) }),
      })),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
  return { document: readDocument(id, text), text }
}

function scriptsOf({ replies, scripts }: Pair): Tree {
  return { ...(replies !== undefined && { a: replies, h: replies.map(overHttp2) }), ...scripts }
}

function listenerOf({ host, listener }: Pair, at: number): Tree {
  const domains = [`h${at}.test`, `h${at}.test:81`]
  const own = { name: `h${at}`, domains, ...(ownClusters(host, at) as Tree) }
  return named({ ...(ownClusters(listener, at) as Tree), virtual_hosts: [own] }, at)
}

/** `{{host}}` is the name of the pair's virtual host. */
function named<T>(value: T, at: number): T {
  return mapTexts(value, (text) => text.replaceAll('{{host}}', `h${at}.test`)) as T
}

/** A reply without what HTTP/2 has no words for. */
function overHttp2({ headers = {}, body, ...rest }: Tree): Tree {
  const { 'keep-alive': _alive, 'proxy-connection': _connection, ...kept } = headers as Tree
  const empty = rest['status'] === 204 || rest['status'] === 304
  return { ...rest, headers: kept, ...(empty ? { body: '' } : body !== undefined && { body }) }
}

/** `x` and `y` by the names that they have among the clusters of all pairs: where a `cluster` or, in weights, a `name` says so. */
function ownClusters(value: unknown, at: number, naming = 'cluster'): unknown {
  if (Array.isArray(value)) return value.map((each) => ownClusters(each, at, naming))
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key === naming && (each === 'x' || each === 'y')) return [key, `${each}${at}`]
      return [key, ownClusters(each, at, key === 'weighted_clusters' ? 'name' : naming)]
    }),
  )
}

function stepOf(request: Tree, { listener }: Pair, at: number): Tree {
  const { method, port, path, headers, protocol, sni, raw, ...rest } = request
  if (raw !== undefined) return named({ listener: `l${at}`, raw, ...rest }, at)
  const own = `h${at}.test`
  const host = `${own}${String(port)}`
  const secure = listener['filter_chain'] !== undefined
  // A CONNECT asks for a host, and names it in a header of its own.
  const target = path === '' ? host : `http://${host}${String(path)}`
  const told = path === '' || Object.keys(headers as Tree).length > 0
  return {
    request: `${String(method)} @l${at} ${target}`,
    ...(told && { headers: { host, ...(headers as Tree) } }),
    ...rest,
    ...(protocol !== undefined && { protocol }),
    ...(secure && { tls: sni === '' || sni === undefined ? {} : { sni: sni === 'own' ? own : sni } }),
  }
}
