import type { PickQuestion } from '@nuncio/admin'
import { ConfigView, decide } from '@nuncio/checks'
import { type Host, PlainContext } from '@nuncio/cluster'
import type { LoadResult } from '@nuncio/config'
import { requestHeaders, xxHash64 } from '@nuncio/core'
import type { ForwardRoute } from '@nuncio/router'
import type { Bootstrap } from '../load-configuration.ts'

/** What came of a question: the cluster that its route names, and what is to be told before the pick. */
export interface Asked {
  readonly cluster: string
  readonly context: AskedPick
  readonly steps: readonly string[]
}

/** The context of a pick that somebody asks about. */
export class AskedPick extends PlainContext {
  #tried: ReadonlySet<string> = new Set()

  override rejects(host: Host): boolean {
    return this.#tried.has(host.address)
  }

  /** Takes over what the route of the question's URL decides. A text says why there is none. */
  follow(question: PickQuestion, bootstrap: Bootstrap, loaded: LoadResult<Bootstrap>): Asked | string {
    const { method, url, headers } = question
    const decision = decide(viewOf(bootstrap, loaded), { method: method === '' ? 'GET' : method, url, headers })
    const { route, request } = decision
    if (route === undefined) return `no route leads on from ${url}`
    if (route.kind !== 'forward') return `the route of ${url} is a ${route.kind}, and chooses no host`
    this.headers = request.headers
    this.info = request.info
    this.metadataMatch = route.metadataMatch
    const cluster = route.clusterName(request.headers)
    const where = `route '${route.name}' of virtual host '${route.virtualHost.name}': cluster '${cluster}'`
    return { cluster, context: this, steps: [where, ...this.#hash(route)] }
  }

  #hash(route: ForwardRoute): string[] {
    if (route.hashPolicy === undefined) return []
    const out = { has: false, high: 0, low: 0, cookie: '' }
    route.hashPolicy.hash(this.headers!, this.info!, out)
    this.hasHash = out.has
    this.hashHigh = out.high
    this.hashLow = out.low
    const policies = route.info.config.route?.hash_policy ?? []
    return [
      `hash policies of the route: ${policies.map((policy) => this.#describe(policy)).join(', ')}`,
      ...(out.has ? [] : ['none of them gave a hash']),
    ]
  }

  #describe({ header, cookie, query_parameter: query, ...rest }: HashPolicy): string {
    if (header !== undefined) return `header ${valueText(header.header_name, this.headers!.getJoined(header.header_name ?? ''))}` // prettier-ignore
    if (cookie !== undefined) return `cookie ${cookie.name ?? ''}`
    if (query !== undefined) return `query parameter ${query.name ?? ''}`
    return rest.connection_properties === undefined ? 'filter state' : 'source IP'
  }

  /** Takes over what the question says beside its URL; it wins. */
  take(question: PickQuestion): void {
    const { hash, hashText, metadata, overrideHost, tried, headers, url } = question
    if (hash !== '') this.#setHash(BigInt.asUintN(64, BigInt(hash)))
    else if (hashText !== '') {
      const out = { high: 0, low: 0 }
      xxHash64(hashText, out)
      this.hasHash = true
      this.hashHigh = out.high
      this.hashLow = out.low
    }
    if (metadata !== undefined) this.metadataMatch = metadata
    if (url === '' && headers.length > 0) this.headers = requestHeaders(headers)
    this.overrideHost = overrideHost
    this.#tried = new Set(tried)
    if (tried.length > 0) {
      this.attempt = tried.length
      this.hostSelectionRetries = Math.max(1, this.hostSelectionRetries)
    }
  }

  #setHash(hash: bigint): void {
    this.hasHash = true
    this.hashHigh = Number(hash >> 32n)
    this.hashLow = Number(hash & 0xffffffffn)
  }
}

type HashPolicy = NonNullable<NonNullable<ForwardRoute['info']['config']['route']>['hash_policy']>[number]

function valueText(name: string | undefined, value: string | undefined): string {
  return value === undefined ? `${name} (absent)` : `${name}: ${value}`
}

function viewOf(bootstrap: Bootstrap, result: LoadResult<Bootstrap>): ConfigView {
  const { listeners = [], clusters = [] } = bootstrap.static_resources ?? {}
  const nothing = { routeConfigurations: [], loadAssignments: [] }
  return new ConfigView({ kind: 'bootstrap', result, bootstrap, listeners, clusters, ...nothing })
}
