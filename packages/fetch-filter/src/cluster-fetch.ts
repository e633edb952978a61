import type { ClusterClients, FilterStream, SideResponse } from '@nuncio/filter-chain'
import type { ClusterFetchInit } from './fetch-context.ts'
import { headersOf } from './header-changes.ts'

const TIMEOUT_MS = 5000

/** A call to a cluster in the words of Fetch: it ends with the stream, and has a span below the stream's. */
export async function fetchFromCluster(
  clusters: ClusterClients,
  { signal, span: parent }: Pick<FilterStream, 'signal' | 'span'>,
  cluster: string,
  input: Request | URL | string,
  { timeoutMs = TIMEOUT_MS, maxResponseBytes, ...init }: ClusterFetchInit = {},
): Promise<Response> {
  const at = typeof input === 'string' && input.startsWith('/') ? `http://${cluster}${input}` : input
  const request = new Request(at, init)
  const { host, pathname, search, protocol } = new URL(request.url)
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
  const span = parent.child(`async ${cluster} egress`)
  const answer: SideResponse = await clusters
    .fetch(cluster, {
      method: request.method,
      path: pathname + search,
      authority: host,
      scheme: protocol.slice(0, -1),
      headers: [...request.headers],
      body,
      timeoutMs,
      signal,
      span,
      ...(maxResponseBytes !== undefined && { maxResponseBytes }),
    })
    .finally(() => span.end())
  return new Response(answer.body.length === 0 ? null : new Uint8Array(answer.body), {
    status: answer.status,
    headers: headersOf(answer.headers),
  })
}
