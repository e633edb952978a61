import { describeDns, dnsTargets } from '@nuncio/cluster'
import type { Discovery, DiscoveryContext } from '../cluster-type.ts'
import type { DnsAnswer } from '../../dns/dns-resolver.ts'
import { dnsPolicy, DnsLoop } from './dns-loop.ts'
import { reporting } from './reporting.ts'

/** What is known of one name: the last good answer. */
interface KnownName {
  readonly loop: DnsLoop
  ips: readonly string[]
}

/** The hosts of a cluster whose endpoints are named: each name is asked for again and again. */
export class DnsDiscovery implements Discovery {
  readonly #context: DiscoveryContext
  readonly #kind: 'STRICT_DNS' | 'LOGICAL_DNS'
  readonly #names = new Map<string, KnownName>()
  #ready = false

  constructor(context: DiscoveryContext, kind: 'STRICT_DNS' | 'LOGICAL_DNS') {
    const { info, time, random, membership } = context
    this.#context = context
    this.#kind = kind
    const policy = dnsPolicy(info)
    for (const { name } of dnsTargets(info.config.load_assignment ?? {})) {
      const onAnswer = (answer: DnsAnswer): void => this.#take(name, answer)
      const loop = new DnsLoop({ name, policy, resolver: context.resolver(), time, random, stats: membership, onAnswer })
      this.#names.set(name, { loop, ips: [] })
    }
  }

  start(): void {
    this.#publish()
    if (this.#names.size === 0) this.#becomeReady()
    for (const { loop } of this.#names.values()) loop.ask()
  }

  close(): void {
    for (const { loop } of this.#names.values()) loop.close()
  }

  #take(name: string, answer: DnsAnswer): void {
    if (answer.status === 'completed') this.#update(this.#names.get(name)!, answer)
    // One answer, whatever it says, is enough to begin: a name that nobody knows must not hold up the others.
    this.#becomeReady()
  }

  #update(known: KnownName, answer: DnsAnswer): void {
    const { membership } = this.#context
    if (answer.addresses.length === 0 && known.ips.length > 0 && !this.#trustsEmpty()) {
      // DNS that flaps or lies takes no host away; only another address does.
      membership.updateEmpty.inc()
      return
    }
    const ips = answer.addresses.map((address) => address.ip)
    if (this.#same(ips, known.ips)) {
      membership.updateNoRebuild.inc()
      return
    }
    known.ips = ips
    this.#publish()
  }

  /** Whether an answer without addresses means that there are no hosts, as it does to Envoy's strict DNS. */
  #trustsEmpty(): boolean {
    return this.#kind === 'STRICT_DNS' && this.#context.runtime.boolean('upstream.strict_dns_trust_empty', false)
  }

  /** Many servers give their addresses in another order each time: for strict DNS that is no change. */
  #same(a: readonly string[], b: readonly string[]): boolean {
    if (a.length !== b.length) return false
    if (this.#kind === 'LOGICAL_DNS') return a.every((ip, i) => ip === b[i])
    const known = new Set(b)
    return a.every((ip) => known.has(ip))
  }

  #publish(): void {
    const { info, place } = this.#context
    const addressesOf = (name: string): readonly string[] | undefined => this.#names.get(name)?.ips
    this.#context.setMembership(describeDns(info.config.load_assignment ?? {}, this.#kind, addressesOf, reporting(place)))
  }

  #becomeReady(): void {
    if (this.#ready) return
    this.#ready = true
    this.#context.ready()
  }
}
