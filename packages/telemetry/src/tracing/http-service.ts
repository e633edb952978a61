import { formatContext, type FormatContext } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { connectionInfo, requestHeaders, StreamInfo } from '@nuncio/core'
import type { SideRequest, SideResponse } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { compileHeaderMutations, type HeaderMutations } from '@nuncio/router'
import type { TracingProviderContext } from './contracts.ts'

type Config = Message<'envoy.config.core.v3.HttpService'>

const URL = /^(https?):\/\/([^/?#\s]+)([/?][^#\s]*)?$/

/** What formats read where there is no stream. */
export function noStream(): FormatContext {
  return formatContext(new StreamInfo(connectionInfo(), 0, 0))
}

/** A service over HTTP as a configuration names it: messages are posted to its URI. */
export class HttpServiceClient {
  readonly #cluster: string
  readonly #request: Omit<SideRequest, 'body'>
  readonly #mutations: HeaderMutations | undefined
  readonly #context: TracingProviderContext
  readonly #formats = noStream()

  /** Reports at `place`, that of the message, what is wrong. */
  constructor(
    config: Config,
    place: ConfigPlace,
    headers: readonly (readonly [string, string])[],
    context: TracingProviderContext,
  ) {
    const { uri = '', cluster = '', timeout } = config.http_uri ?? {}
    const url = URL.exec(uri)
    const at = place.at('http_uri', config.http_uri)
    if (url === null) at.at('uri').error('rule', 'the uri of a service is no http or https URL')
    if (cluster === '') at.at('cluster').error('missing-field', 'a service over HTTP needs a cluster')
    this.#cluster = cluster
    this.#context = context
    this.#request = {
      method: 'POST',
      scheme: url?.[1] ?? 'http',
      authority: url?.[2] ?? '',
      path: (url?.[3] ?? '/').replace(/^\?/, '/?'),
      headers,
      timeoutMs: timeout ?? 0,
    }
    this.#mutations = compileHeaderMutations('request', undefined, config.request_headers_to_add, place, {
      report: place.scope.report,
      sources: place.scope.sources,
      formatEnvironment: context.environment,
    })
  }

  /** Settles as `ClusterClients.fetch` does. */
  post(body: Uint8Array): Promise<SideResponse> {
    const headers: [string, string][] = []
    const made = requestHeaders(this.#request.headers ?? [])
    this.#mutations?.apply(made, this.#formats)
    made.forEach((name, value) => headers.push([name, value]))
    return this.#context.clusters.fetch(this.#cluster, { ...this.#request, headers, body })
  }
}
