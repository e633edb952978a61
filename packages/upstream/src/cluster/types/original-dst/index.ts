import type { Host, HostDescription, LoadBalancer, LoadBalancerContext, LoadBalancerExplanation } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import { type Counter, formatAddress, type Timer } from '@nuncio/core'
import { isIP } from 'node:net'
import type { ClusterTypeDefinition, Discovery, DiscoveryContext } from '../../cluster-type.ts'

type Config = Message<'envoy.config.cluster.v3.Cluster.OriginalDstLbConfig'>
type MetadataKey = Message<'envoy.type.metadata.v3.MetadataKey'>

const DEFAULT_HEADER = 'x-envoy-original-dst-host'
const DEFAULT_CLEANUP_MS = 5000

/** Hosts are where connections were going: as a header, metadata or the connection itself says. */
export const originalDstCluster: ClusterTypeDefinition = {
  name: 'envoy.clusters.original_dst',
  discoveryType: 'ORIGINAL_DST',
  stability: 'stable',
  create(_config, context) {
    const { config } = context.info
    if ((config.load_assignment?.endpoints?.length ?? 0) > 0) {
      context.place.at('load_assignment').error('conflict', 'an ORIGINAL_DST cluster has no endpoints of its own')
    }
    return new OriginalDst(context)
  },
}

class OriginalDst implements Discovery, LoadBalancer {
  readonly #context: DiscoveryContext
  readonly #config: Config
  readonly #header: string
  readonly #invalid: Counter
  readonly #members = new Map<string, HostDescription>()
  /** Addresses that were asked for since the last cleaning. */
  readonly #used = new Set<string>()
  #timer: Timer | undefined = undefined

  constructor(context: DiscoveryContext) {
    const config = context.info.config.original_dst_lb_config ?? {}
    this.#context = context
    this.#config = config
    this.#header = (config.http_header_name || DEFAULT_HEADER).toLowerCase()
    this.#invalid = context.info.stats.scope.counter('original_dst_host_invalid')
  }

  get loadBalancer(): LoadBalancer {
    return this
  }

  start(): void {
    this.#context.setMembership({ levels: [] })
    this.#context.ready()
    this.#scheduleCleaning()
  }

  close(): void {
    this.#timer?.cancel()
  }

  update(): void {}

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const address = this.#address(context)
    if (address === undefined) return undefined
    this.#used.add(address)
    const known = this.#context.hosts.byAddress.get(address)
    return known ?? this.#enter(address)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const address = this.#address(context)
    const step =
      address === undefined ? 'nothing says where the connection was going' : `the connection was going to ${address}`
    return { policy: 'original destination', steps: [step], candidates: [], chosen: address }
  }

  /** Where this request goes, by the first of header, metadata and connection that says so. */
  #address(context: LoadBalancerContext): string | undefined {
    const { use_http_header: byHeader, metadata_key: key, upstream_port_override: port } = this.#config
    let address: string | undefined
    const text = (byHeader === true ? context.headers?.get(this.#header) : undefined) ?? this.#metadata(context, key)
    if (text !== undefined) {
      address = canonical(text)
      if (address === undefined) this.#invalid.inc()
    } else if (context.info?.connection.directLocal !== undefined) {
      address = canonical(formatAddress(context.info.connection.local))
    }
    return address !== undefined && port !== undefined ? withPort(address, port) : address
  }

  #metadata(context: LoadBalancerContext, key: MetadataKey | undefined): string | undefined {
    if (key?.key === undefined) return undefined
    let value: unknown = context.info?.metadata?.get(key.key) ?? context.info?.connection.metadata?.get(key.key)
    for (const segment of key.path ?? []) {
      if (typeof value !== 'object' || value === null) return undefined
      value = (value as Readonly<Record<string, unknown>>)[segment.key ?? '']
    }
    return typeof value === 'string' ? value : undefined
  }

  #enter(address: string): Host | undefined {
    const [ip, port] = split(address)
    this.#members.set(address, { ip, port })
    this.#publish()
    return this.#context.hosts.byAddress.get(address)
  }

  #publish(): void {
    const locality = { region: '', zone: '', subZone: '' }
    this.#context.setMembership({ levels: [[{ locality, weight: undefined, hosts: [...this.#members.values()] }]] })
  }

  #scheduleCleaning(): void {
    const intervalMs = Math.max(1, this.#context.info.config.cleanup_interval ?? DEFAULT_CLEANUP_MS)
    this.#timer = this.#context.time.setTimer(intervalMs, () => {
      this.#clean()
      this.#scheduleCleaning()
    })
  }

  /** Hosts that nobody asked for since the last time, and that carry nothing, are forgotten. */
  #clean(): void {
    let gone = false
    for (const address of this.#members.keys()) {
      const host = this.#context.hosts.byAddress.get(address)
      if (this.#used.has(address) || (host !== undefined && host.stats.rqActive > 0)) continue
      this.#members.delete(address)
      gone = true
    }
    this.#used.clear()
    if (gone) this.#publish()
  }
}

/** `ip:port` or `[v6]:port` in the form that hosts have; undefined when it is neither. */
function canonical(text: string): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim())
  const ip = match?.[1] ?? match?.[2] ?? ''
  const port = Number(match?.[3])
  if (isIP(ip) === 0 || port < 1 || port > 65_535) return undefined
  return formatAddress({ address: ip, port })
}

function split(address: string): [ip: string, port: number] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), Number(address.slice(colon + 1))]
}

function withPort(address: string, port: number): string {
  return `${address.slice(0, address.lastIndexOf(':'))}:${port}`
}
