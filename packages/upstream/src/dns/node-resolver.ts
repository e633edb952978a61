import { Resolver } from 'node:dns'
import { isIP } from 'node:net'
import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import {
  completed,
  type DnsAddress,
  type DnsAnswer,
  type DnsLookupFamily,
  type DnsQuery,
  type DnsResolver,
  failure,
  lookupOrder,
} from './dns-resolver.ts'
import { HostsFile } from './hosts-file.ts'
import { candidates, readSearchList, type SearchList } from './search-list.ts'

export interface NodeResolverOptions {
  /** `ip`, `ip:port` or `[v6]:port`; the machine's own when left out. */
  readonly servers?: readonly string[]
  /** Milliseconds that one server is waited for; default 2000. */
  readonly timeoutMs?: number
  /** How often each server is asked; default 3. */
  readonly tries?: number
  /** Default `/etc/hosts`. */
  readonly hostsFile?: string
  /** Default: as `/etc/resolv.conf` says. `NO_SEARCH` takes every name as it stands. */
  readonly search?: SearchList
  /** Where `dns.cares.*` is counted. */
  readonly stats?: StatsScope
}

/** Codes of c-ares that are an answer: the name has no such record, or does not exist. */
const NEGATIVE = new Set(['ENODATA', 'ENOTFOUND'])

/**
 * A resolver over c-ares, as Envoy's. It never uses the thread pool of `dns.lookup`, whose few threads also carry file
 * access: a DNS server that hangs stalls nothing but the names that wait for it.
 */
export class NodeResolver implements DnsResolver {
  readonly #resolver: Resolver
  readonly #hosts: HostsFile
  readonly #search: SearchList
  readonly #stats: ResolverStats | undefined
  readonly #questions = new Set<Question>()

  constructor(options: NodeResolverOptions = {}) {
    this.#resolver = new Resolver({ timeout: options.timeoutMs ?? 2000, tries: options.tries ?? 3 })
    if (options.servers !== undefined && options.servers.length > 0) this.#resolver.setServers([...options.servers])
    this.#hosts = new HostsFile(options.hostsFile)
    this.#search = options.search ?? readSearchList()
    this.#stats = options.stats === undefined ? undefined : new ResolverStats(options.stats.scope('dns.cares.'))
  }

  resolve(name: string, family: DnsLookupFamily, onAnswer: (answer: DnsAnswer) => void): DnsQuery {
    const known = isIP(name) !== 0 ? [name] : this.#hosts.lookup(name)
    if (known !== undefined) {
      onAnswer(fromFile(known, family))
      return { cancel: () => {} }
    }
    const question = new Question(this.#resolver, candidates(name, this.#search), family, (answer) => {
      this.#questions.delete(question)
      this.#stats?.answered(answer)
      onAnswer(answer)
    })
    this.#questions.add(question)
    this.#stats?.asked()
    question.next()
    return {
      cancel: () => {
        if (!this.#questions.delete(question)) return
        question.cancelled = true
        this.#stats?.pending.dec()
      },
    }
  }

  close(): void {
    for (const question of this.#questions) {
      question.cancelled = true
      this.#stats?.pending.dec()
    }
    this.#questions.clear()
    this.#resolver.cancel()
  }
}

/** One name on its way through its candidates and families. */
class Question {
  cancelled = false
  readonly #resolver: Resolver
  readonly #names: readonly string[]
  readonly #order: readonly (4 | 6)[]
  readonly #both: boolean
  readonly #onAnswer: (answer: DnsAnswer) => void
  readonly #found: DnsAddress[] = []
  #name = 0
  #family = 0
  #failed = ''
  #negative = ''

  constructor(
    resolver: Resolver,
    names: readonly string[],
    family: DnsLookupFamily,
    onAnswer: (answer: DnsAnswer) => void,
  ) {
    const order = lookupOrder(family)
    this.#resolver = resolver
    this.#names = names
    this.#order = order.families
    this.#both = order.both
    this.#onAnswer = onAnswer
  }

  /** Asks for the record type whose turn it is, or answers. */
  next(): void {
    const name = this.#names[this.#name]
    if (name === undefined) return this.#end()
    const family = this.#order[this.#family]
    if (family === undefined) {
      // The search goes on to the next name only past an answer that says no: a dead server says nothing of the others.
      if (this.#found.length > 0 || this.#failed !== '') return this.#end()
      this.#name++
      this.#family = 0
      return this.next()
    }
    const onRecords = (error: Error | null, records: readonly { address: string; ttl: number }[] | undefined): void => {
      if (!this.cancelled) this.#took(error, records)
    }
    try {
      if (family === 4) this.#resolver.resolve4(name, { ttl: true }, onRecords)
      else this.#resolver.resolve6(name, { ttl: true }, onRecords)
    } catch (error) {
      // A name that cannot be put into a question, such as one with an empty label.
      this.#negative = (error as NodeJS.ErrnoException).code ?? 'EBADNAME'
      this.#family = this.#order.length
      this.next()
    }
  }

  #took(error: Error | null, records: readonly { address: string; ttl: number }[] | undefined): void {
    const code = error === null ? '' : ((error as NodeJS.ErrnoException).code ?? 'EUNKNOWN')
    if (NEGATIVE.has(code) || code === 'EBADNAME') this.#negative = code
    else if (code !== '') this.#failed = code
    for (const record of records ?? []) {
      if (isIP(record.address) !== 0) this.#found.push({ ip: record.address, ttlMs: Math.max(0, record.ttl) * 1000 })
    }
    this.#family++
    if (this.#found.length > 0 && !this.#both) return this.#end()
    this.next()
  }

  #end(): void {
    if (this.#found.length > 0) this.#onAnswer(completed(this.#found))
    else if (this.#failed !== '') this.#onAnswer(failure(this.#failed))
    else this.#onAnswer(completed([], this.#negative))
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
