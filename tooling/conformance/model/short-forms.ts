import type { Tree } from './document.ts'
import { isTree } from './trees.ts'

const TYPE = 'type.googleapis.com/envoy'

/**
 * A filter by its type alone, `{ buffer.v3.Buffer: { max_request_bytes: 10 } }`, in full; any other tree as it is. Its name is
 * Envoy's own, `envoy.filters.http.buffer`.
 */
export function shortFilter(family: 'http' | 'network', tree: Tree): Tree {
  const [only] = Object.entries(tree)
  if (only === undefined) return tree
  const [type, fields] = only
  if (!/^\w+\.v3\./.test(type) || !(fields === null || isTree(fields))) return tree
  return {
    name: `envoy.filters.${family}.${type.slice(0, type.indexOf('.'))}`,
    typed_config: { '@type': `${TYPE}.extensions.filters.${family}.${type}`, ...fields },
  }
}

/** The address of a type of Envoy that is written without it, `extensions.http.…` or `config.…`; any other text as it is. */
export function fullType(text: string): string {
  return /^(?:extensions|config|service|type)\.[\w.]+\.v3\.\w+$/.test(text) ? `${TYPE}.${text}` : text
}
