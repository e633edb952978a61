import { NuncioError } from '@nuncio/core'

/** Where a cluster's requests go: `'http://127.0.0.1:3000'`, a `URL`, an address, or whatever has a `url` (an `Upstream`). */
export type ClusterTarget =
  | string
  | URL
  | { readonly address: string; readonly port: number }
  | { readonly url: string | URL }

/** By cluster name: the endpoints that stand in for those of the configuration. */
export type ClusterTargets = Readonly<Record<string, ClusterTarget | readonly ClusterTarget[]>>

/** The `host:port` texts that the server takes. Throws `ERR_NUNCIO_ENDPOINTS` for what is not an address. */
export function endpointsOf(clusters: ClusterTargets): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(clusters).map(([name, targets]) => [
      name,
      (isList(targets) ? targets : [targets]).map((target) => endpointOf(name, target)),
    ]),
  )
}

function isList(targets: ClusterTarget | readonly ClusterTarget[]): targets is readonly ClusterTarget[] {
  return Array.isArray(targets)
}

function endpointOf(cluster: string, target: ClusterTarget): string {
  if (typeof target === 'object' && 'address' in target) {
    return `${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`
  }
  const text = typeof target === 'object' && 'url' in target ? target.url : target
  const url = URL.parse(typeof text === 'string' && !text.includes('://') ? `http://${text}` : text)
  if (
    url === null ||
    url.hostname === '' ||
    !/^https?:$/.test(url.protocol) ||
    (url.pathname !== '/' && url.pathname !== '')
  )
    throw new NuncioError('ERR_NUNCIO_ENDPOINTS', `${String(text)} is no endpoint for the cluster ${cluster}`, {
      hint: "give 'http://host:port' without a path, or { address, port }",
    })
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return `${url.hostname}:${port}`
}
