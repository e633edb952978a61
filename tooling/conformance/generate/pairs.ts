import { stringify } from 'yaml'
import type { Document, Tree } from '../model/document.ts'
import { readDocument } from '../model/read-document.ts'
import { isTree } from '../model/trees.ts'

/** What is generated for one case. */
export interface Pair {
  /** A virtual host without its name and domains; `x` and `y` are the clusters below. */
  readonly host: Tree
  readonly request: Tree
  /** Parts of the listener that the request goes to. */
  readonly listener: Tree
  readonly clusters: { readonly x: Tree; readonly y: Tree }
}

/** Three that answer, one that fails and one that breaks off. */
const ORIGINS = {
  a: { headers: { 'x-origin': 'a' } },
  b: { headers: { 'x-origin': 'b' } },
  c: { headers: { 'x-origin': 'c' } },
  f: { status: 503 },
  // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a script
  z: { then: 'reset' },
}

/** The case of a pair; explanations may ask for the method. */
const caseName = ({ method }: Tree, at: number): string => `pair ${at} ${String(method)}`

/** One document of many pairs: each has a listener, a virtual host and clusters of its own, so that one proxy plays them all. */
export function documentOf(id: string, pairs: readonly Pair[]): { readonly document: Document; readonly text: string } {
  const text = stringify(
    {
      feature: 'Generated routes and requests',
      config: {
        variants: Object.fromEntries(pairs.map((pair, i) => [`l${i}`, listenerOf(pair, i)])),
        routes: [],
        clusters: Object.fromEntries([
          ...['a', 'b', 'c'].map((name) => [name, {}] as const),
          ...pairs.flatMap(({ clusters: { x, y } }, i) => [[`x${i}`, x] as const, [`y${i}`, y]] as const),
        ]),
      },
      origins: ORIGINS,
      // How much of a body had come when it was answered early is chance.
      compare: { except: 'log.0..received' },
      cases: pairs.map(({ request }, i) => ({ name: caseName(request, i), do: [requestOf(request, i)] })),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
  return { document: readDocument(id, text), text }
}

function listenerOf({ host, listener }: Pair, at: number): Tree {
  const domains = [`h${at}.test`, `h${at}.test:81`]
  return { ...listener, virtual_hosts: [{ name: `h${at}`, domains, ...(ownClusters(host, at) as Tree) }] }
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

function requestOf({ method, port, path, headers, body }: Tree, at: number): Tree {
  const host = `h${at}.test${String(port)}`
  return {
    request: `${String(method)} @l${at} http://${host}${String(path)}`,
    ...(Object.keys(headers as Tree).length > 0 && { headers: { host, ...(headers as Tree) } }),
    ...(body !== undefined && { body }),
  }
}
