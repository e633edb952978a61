import {
  buildHostSet,
  type ClusterHost,
  createHost,
  type Host,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadBalancerExplanation,
  NO_LOCALITY,
  type PrioritySet,
} from '@nuncio/cluster'
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
  name: 'envoy.cluster.original_dst',
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
  readonly #hosts = new Map<string, ClusterHost>()
  /** Addresses that were asked for since the last cleaning. */
  readonly #used = new Set<string>()
  #timer: Timer | undefined = undefined
  priorities: PrioritySet = { levels: [] }

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
    this.#publish([], [])
    this.#context.ready()
    this.#scheduleCleaning()
  }

  close(): void {
    this.#timer?.cancel()
  }

  update(): void {}

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const text = this.#asked(context)
    const address = this.#address(context, text)
    if (address === undefined) {
      if (text !== undefined) this.#invalid.inc()
      return undefined
    }
    this.#used.add(address)
    return this.#hosts.get(address) ?? this.#enter(address)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const address = this.#address(context, this.#asked(context))
    const step =
      address === undefined ? 'nothing says where the connection was going' : `the connection was going to ${address}`
    return { policy: 'original destination', steps: [step], candidates: [], chosen: address }
  }

  /** Where a header or metadata say that this request goes. */
  #asked(context: LoadBalancerContext): string | undefined {
    const { use_http_header: byHeader, metadata_key: key } = this.#config
    return (byHeader === true ? context.headers?.get(this.#header) : undefined) ?? this.#metadata(context, key)
  }

  /** Where it goes: there, or else where its connection was going. */
  #address(context: LoadBalancerContext, asked: string | undefined): string | undefined {
    const connection = context.info?.connection
    const text = asked ?? (connection?.directLocal === undefined ? undefined : formatAddress(connection.local))
    const address = text === undefined ? undefined : canonical(text)
    const port = this.#config.upstream_port_override
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

  #enter(address: string): Host {
    const [ip, port] = split(address)
    const host = createHost({ ip, port })
    this.#hosts.set(address, host)
    this.#publish([host], [])
    return host
  }

  rebuild(): void {
    const hosts = [...this.#hosts.values()]
    this.priorities = {
      levels: [buildHostSet(0, { localities: [{ locality: NO_LOCALITY, hosts }] })],
      byAddress: this.#hosts,
    }
  }

  #publish(added: readonly ClusterHost[], removed: readonly ClusterHost[]): void {
    this.rebuild()
    this.#context.ownHostsChanged(added, removed)
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
    const gone: ClusterHost[] = []
    for (const [address, host] of this.#hosts) {
      if (this.#used.has(address) || host.stats.rqActive > 0) continue
      this.#hosts.delete(address)
      gone.push(host)
    }
    this.#used.clear()
    if (gone.length > 0) this.#publish([], gone)
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
