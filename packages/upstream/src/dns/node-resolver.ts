import { isIP } from 'node:net'
import { type Counter, type Gauge, type RandomGenerator, type StatsScope, type TimeSource } from '@nuncio/core'
import { CaresSource, type ChannelRenewal } from './cares-source.ts'
import {
  completed,
  type DnsAddress,
  type DnsAnswer,
  type DnsLookupFamily,
  type DnsQuery,
  type DnsResolver,
  lookupOrder,
} from './dns-resolver.ts'
import { HostsFile } from './hosts-file.ts'
import { Question } from './question.ts'
import { NO_QUERY, type RecordSource } from './record-source.ts'
import { routableFamilies } from './routable.ts'
import { candidates, readSearchList, type SearchList } from './search-list.ts'
import { TcpSource } from './tcp-source.ts'

/** Whom to ask for names, and how long. */
export interface NodeResolverOptions {
  /** `ip`, `ip:port` or `[v6]:port`; the machine's own when left out. */
  readonly servers?: readonly string[]
  /** Milliseconds that one server is waited for at first; default 5000, as in Envoy. */
  readonly timeoutMs?: number
  /** How often each server is asked; default 4, as in Envoy. */
  readonly tries?: number
  /** Asks over TCP only. */
  readonly overTcp?: { readonly time: TimeSource; readonly random: RandomGenerator } | undefined
  /** Begins each question at a server drawn by chance. */
  readonly rotate?: { readonly random: RandomGenerator } | undefined
  /** When the channel to the servers is made anew; nothing of it is kept over TCP. */
  readonly renew?: ChannelRenewal | undefined
  /** Leaves out addresses of families that no interface of the machine has. */
  readonly onlyRoutable?: boolean | undefined
  /** Default `/etc/hosts`. */
  readonly hostsFile?: string
  /** Default: as `/etc/resolv.conf` says. `NO_SEARCH` takes every name as it stands. */
  readonly search?: SearchList
  /** Where `dns.cares.*` is counted. */
  readonly stats?: StatsScope
}

/**
 * A resolver over c-ares, as Envoy's, or over TCP. It never uses the thread pool of `dns.lookup`, whose few threads also
 * carry file access: a DNS server that hangs stalls nothing but the names that wait for it.
 */
export class NodeResolver implements DnsResolver {
  readonly #source: RecordSource
  readonly #hosts: HostsFile
  readonly #search: SearchList
  readonly #onlyRoutable: boolean
  readonly #stats: ResolverStats | undefined
  readonly #questions = new Set<Question>()

  constructor(options: NodeResolverOptions = {}) {
    const { servers = [], timeoutMs = 5000, tries = 4, overTcp, rotate, renew } = options
    const asking = { servers, timeoutMs, tries }
    this.#stats = options.stats === undefined ? undefined : new ResolverStats(options.stats.scope('dns.cares.'))
    this.#source =
      overTcp === undefined
        ? new CaresSource({ ...asking, rotate, renew, reinits: this.#stats?.reinits })
        : new TcpSource({ ...asking, ...overTcp, rotate: rotate !== undefined })
    this.#hosts = new HostsFile(options.hostsFile)
    this.#search = options.search ?? readSearchList()
    this.#onlyRoutable = options.onlyRoutable ?? false
  }

  resolve(name: string, family: DnsLookupFamily, onAnswer: (answer: DnsAnswer) => void): DnsQuery {
    const known = isIP(name) !== 0 ? [name] : this.#hosts.lookup(name)
    if (known !== undefined) {
      onAnswer(fromFile(known, family))
      return NO_QUERY
    }
    const question = new Question({
      source: this.#source,
      names: candidates(name, this.#search),
      family,
      usable: this.#onlyRoutable ? routableFamilies() : undefined,
      onAnswer: (answer) => {
        this.#questions.delete(question)
        this.#stats?.answered(answer)
        onAnswer(answer)
      },
    })
    this.#questions.add(question)
    this.#stats?.asked()
    question.next()
    return {
      cancel: () => {
        if (!this.#questions.delete(question)) return
        question.cancel()
        this.#stats?.pending.dec()
      },
    }
  }

  close(): void {
    for (const question of this.#questions) {
      question.cancel()
      this.#stats?.pending.dec()
    }
    this.#questions.clear()
    this.#source.close()
  }
}

/** Addresses that need no question, chosen by family as an answer would be. */
function fromFile(ips: readonly string[], family: DnsLookupFamily): DnsAnswer {
  const { families, both } = lookupOrder(family)
  const chosen: DnsAddress[] = []
  for (const wanted of families) {
    if (chosen.length > 0 && !both) break
    for (const ip of ips) if (isIP(ip) === wanted) chosen.push({ ip, ttlMs: Number.POSITIVE_INFINITY })
  }
  return completed(chosen)
}

class ResolverStats {
  readonly pending: Gauge
  readonly reinits: Counter
  readonly #total: Counter
  readonly #notFound: Counter
  readonly #failed: Counter
  readonly #timeouts: Counter

  constructor(scope: StatsScope) {
    this.pending = scope.gauge('pending_resolutions')
    this.#total = scope.counter('resolve_total')
    this.#notFound = scope.counter('not_found')
    this.#failed = scope.counter('get_addr_failure')
    this.#timeouts = scope.counter('timeouts')
    this.reinits = scope.counter('reinits')
  }

  asked(): void {
    this.#total.inc()
    this.pending.inc()
  }

  answered(answer: DnsAnswer): void {
    this.pending.dec()
    if (answer.status === 'failure') (answer.details === 'ETIMEOUT' ? this.#timeouts : this.#failed).inc()
    else if (answer.addresses.length === 0) this.#notFound.inc()
  }
}
