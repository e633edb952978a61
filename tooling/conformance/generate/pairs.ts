import { stringify } from 'yaml'
import type { Document, Tree } from '../model/document.ts'
import { readDocument } from '../model/read-document.ts'
import { LISTENERS } from './arbitraries.ts'

/** A generated virtual host, and a request to it. */
export interface Pair {
  readonly host: Tree
  readonly request: Tree
}

/** The case of a pair; explanations may ask for the method. */
const caseName = ({ method }: Tree, at: number): string => `pair ${at} ${String(method)}`

/** One document of many pairs: each has a virtual host of its own, so that one proxy plays them all. */
export function documentOf(id: string, pairs: readonly Pair[]): { readonly document: Document; readonly text: string } {
  const text = stringify(
    {
      feature: 'Generated routes and requests',
      config: {
        variants: LISTENERS,
        virtual_hosts: pairs.map(({ host }, i) => ({ name: `h${i}`, domains: [`h${i}.test`], ...host })),
      },
      origins: Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { headers: { 'x-origin': name } }])),
      cases: pairs.map(({ request }, i) => ({ name: caseName(request, i), do: [requestOf(request, i)] })),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
  return { document: readDocument(id, text), text }
}

function requestOf({ method, listener, path, headers, body }: Tree, at: number): Tree {
  return {
    request: `${String(method)} @${String(listener)} http://h${at}.test${String(path)}`,
    ...(Object.keys(headers as Tree).length > 0 && { headers: { host: `h${at}.test`, ...(headers as Tree) } }),
    ...(body !== undefined && { body }),
  }
}
