import {
  addressTarget,
  type ClusterHost,
  describeAssignment,
  type Membership,
  type SocketTarget,
} from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { Discovery, DiscoveryContext } from '../cluster-type.ts'
import type { DnsAnswer } from '../../dns/dns-resolver.ts'
import type { DnsSettings } from '../resolver-choice.ts'
import { DnsLoop, dnsPolicy, type DnsPolicySettings } from './dns-loop.ts'
import { reporting } from './reporting.ts'

type Endpoint = Message<'envoy.config.endpoint.v3.LbEndpoint'>

/** What is known of one name: the last good answer. */
interface KnownName {
  readonly loop: DnsLoop
  ips: readonly string[]
}

/** The names that a cluster's endpoints have, each asked for again and again. Subclasses say what hosts they make. */
abstract class DnsDiscovery implements Discovery {
  protected readonly context: DiscoveryContext
  readonly #names = new Map<string, KnownName>()
  #ready = false

  /** `settings` say how to ask, and whom. */
  constructor(context: DiscoveryContext, settings: DnsPolicySettings & DnsSettings = context.info.config) {
    const { info, time, random, membership } = context
    this.context = context
    const policy = dnsPolicy(settings)
    const resolver = context.resolver(settings)
    for (const group of info.config.load_assignment?.endpoints ?? []) {
      for (const endpoint of group.lb_endpoints ?? []) {
        const name = nameOf(endpoint)
        if (name === undefined || this.#names.has(name)) continue
        const onAnswer = (answer: DnsAnswer): void => this.#take(name, answer)
        const loop = new DnsLoop({
          name,
          policy,
          resolver,
          time,
          random,
          stats: membership,
          onAnswer,
        })
        this.#names.set(name, { loop, ips: [] })
      }
    }
  }

  start(): void {
    this.publish()
    const waits = this.context.info.config.wait_for_warm_on_init ?? true
    if (this.#names.size === 0 || !waits) this.#becomeReady()
    for (const { loop } of this.#names.values()) loop.ask()
  }

  close(): void {
    for (const { loop } of this.#names.values()) loop.close()
  }

  /** Tells the cluster the hosts as they are now. */
  protected abstract publish(): void
  /** Whether two answers are the same to this kind of cluster. */
  protected abstract same(a: readonly string[], b: readonly string[]): boolean
  /** Whether an answer without addresses means that there are no hosts. */
  protected abstract trustsEmpty(): boolean

  /** The targets of an endpoint now; none when its name has no address. */
  protected targets(endpoint: Endpoint): readonly SocketTarget[] {
    const fixed = addressTarget(endpoint.endpoint?.address)
    if (fixed !== undefined) return [fixed]
    const port = endpoint.endpoint?.address?.socket_address?.port_value ?? 0
    const name = nameOf(endpoint)
    return (name === undefined ? [] : [...new Set(this.#names.get(name)!.ips)]).map((ip) => ({ ip, port }))
  }

  protected describe(targets: (endpoint: Endpoint) => readonly SocketTarget[]): Membership {
    const { info, place } = this.context
    return describeAssignment(info.config.load_assignment ?? {}, reporting(place), targets)
  }

  #take(name: string, answer: DnsAnswer): void {
    if (answer.status === 'completed') this.#update(this.#names.get(name)!, answer)
    // One answer, whatever it says, is enough to begin: a name that nobody knows must not hold up the others.
    this.#becomeReady()
  }

  #update(known: KnownName, answer: DnsAnswer): void {
    const { membership } = this.context
    if (answer.addresses.length === 0 && known.ips.length > 0 && !this.trustsEmpty()) {
      // DNS that flaps or lies takes no host away; only another address does.
      membership.updateEmpty.inc()
      return
    }
    const ips = answer.addresses.map((address) => address.ip)
    if (this.same(ips, known.ips)) {
      membership.updateNoRebuild.inc()
      return
    }
    known.ips = ips
    this.publish()
  }

  #becomeReady(): void {
    if (this.#ready) return
    this.#ready = true
    this.context.ready()
  }
}

/** Each address of each name is a host. */
export class StrictDns extends DnsDiscovery {
  protected override publish(): void {
    this.context.setMembership(this.describe((endpoint) => this.targets(endpoint)))
  }

  /** Many servers give their addresses in another order each time: that is no change. */
  protected override same(a: readonly string[], b: readonly string[]): boolean {
    const known = new Set(b)
    return a.length === b.length && a.every((ip) => known.has(ip))
  }

  protected override trustsEmpty(): boolean {
    return this.context.runtime.boolean('upstream.strict_dns_trust_empty', false)
  }
}

/** The one name is one host, wherever it is at the time. */
export class LogicalDns extends DnsDiscovery {
  #host: ClusterHost | undefined = undefined

  protected override publish(): void {
    const [endpoint] = this.context.info.config.load_assignment?.endpoints?.[0]?.lb_endpoints ?? []
    const [first, ...others] = endpoint === undefined ? [] : this.targets(endpoint)
    if (first === undefined) return
    if (this.#host !== undefined && this.context.moveHost(this.#host, first, others)) return
    this.context.setMembership(
      withOthers(
        this.describe(() => [first]),
        others,
      ),
    )
    this.#host = [...this.context.hosts.byAddress.values()][0]
  }

  /** The order of the answer says where new connections go. */
  protected override same(a: readonly string[], b: readonly string[]): boolean {
    return a.length === b.length && a.every((ip, i) => ip === b[i])
  }

  protected override trustsEmpty(): boolean {
    return false
  }
}

/** Reports a cluster that is one host and yet has several endpoints; `what` says which cluster it is. */
export function checkOneEndpoint({ info, place }: DiscoveryContext, what: string, hint: string): void {
  const groups = info.config.load_assignment?.endpoints ?? []
  if (groups.length === 1 && groups[0]!.lb_endpoints?.length === 1) return
  const message = `${what} has exactly one locality with exactly one endpoint`
  place.at('load_assignment').error('bad-value', message, hint)
}

function withOthers(membership: Membership, additionalAddresses: readonly SocketTarget[]): Membership {
  const levels = membership.levels.map((level) =>
    level.map((group) => ({ ...group, hosts: group.hosts.map((host) => ({ ...host, additionalAddresses })) })),
  )
  return { ...membership, levels }
}

/** The name that an endpoint has in place of an address. */
function nameOf(endpoint: Endpoint): string | undefined {
  const address = endpoint.endpoint?.address
  const name = address?.socket_address?.address
  return name === undefined || name === '' || addressTarget(address) !== undefined ? undefined : name
}
