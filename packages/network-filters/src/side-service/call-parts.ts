import { type FormatContext, formatContext } from '@nuncio/access-log'
import { StreamInfo } from '@nuncio/core'
import type { AbortSignalLike } from '@nuncio/filter-chain'
import type { GrpcServiceParts } from '@nuncio/guards'
import type { NetworkConnection, NetworkFilterContext } from '@nuncio/listener'
import { hostname } from 'node:os'
import type { HttpServices } from '../http-services/http-services.ts'

/** What filters of connections ask services with. */
export function callParts(context: NetworkFilterContext<HttpServices>): GrpcServiceParts {
  const { services, time, random, runtime, sources } = context
  const { environment } = services.platform
  return {
    clusters: services.clusters,
    time,
    random,
    format: {
      report: (problem) => context.report(problem),
      sources,
      runtime,
      formatEnvironment: { hostname: hostname(), environment, time, random },
    },
  }
}

/** A connection as formatters see it. */
export function connectionContext(
  { info }: NetworkConnection,
  context: NetworkFilterContext<HttpServices>,
): FormatContext {
  return formatContext(new StreamInfo(info, context.time.monotonicMs(), context.time.wallMs()))
}

/** Calls `ask` with a signal that aborts when the client goes; settles as it does. */
export async function whileConnected<T>(
  connection: NetworkConnection,
  ask: (signal: AbortSignalLike) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  const observer = { onConnectionClose: () => abort.abort() }
  connection.observe(observer)
  try {
    return await ask(abort.signal)
  } finally {
    connection.unobserve(observer)
  }
}

/** Notes what a service said in a namespace of the connection's metadata. */
export function noteMetadata(
  { info }: NetworkConnection,
  namespace: string,
  fields: Readonly<Record<string, unknown>> | undefined,
): void {
  if (fields === undefined || Object.keys(fields).length === 0) return
  info.metadata ??= new Map()
  info.metadata.set(namespace, { ...info.metadata.get(namespace), ...fields })
}
