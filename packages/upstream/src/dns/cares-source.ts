import { Resolver } from 'node:dns'
import type { Counter, RandomGenerator, TimeSource } from '@nuncio/core'
import type { DnsQuery } from './dns-resolver.ts'
import type { OnRecords, RecordSource, SourceOptions } from './record-source.ts'

export interface CaresSourceOptions extends SourceOptions {
  /** Begins each question at a server drawn by chance, instead of at the first. */
  readonly rotate?: { readonly random: RandomGenerator } | undefined
  /** When to leave a channel, its sockets and what it read of `/etc/resolv.conf` behind. */
  readonly renew?: ChannelRenewal | undefined
  /** Counts channels that were left behind because of their age or a timeout. */
  readonly reinits?: Counter | undefined
}

/** Limits of a channel; whichever is reached first ends it. What was asked on it is answered all the same. */
export interface ChannelRenewal {
  /** Questions; 0 = any number. */
  readonly questions: number
  /** Age in milliseconds; 0 = any. */
  readonly ageMs: number
  /** After a question that no server answered in time. */
  readonly onTimeout: boolean
  readonly time: TimeSource
}

/** A c-ares channel and the questions that wait on it. */
interface Channel {
  readonly resolver: Resolver
  waiting: number
}

/** DNS over UDP (and TCP, where an answer does not fit) by c-ares. */
export class CaresSource implements RecordSource {
  readonly #options: CaresSourceOptions
  /** How often a channel was opened. */
  opened = 0
  readonly #live = new Set<Channel>()
  #channels: readonly Channel[]
  #questions = 0
  #bornMs = 0
  #timedOut = false

  constructor(options: CaresSourceOptions) {
    this.#options = options
    this.#channels = this.#open()
  }

  ask(name: string, family: 4 | 6, onRecords: OnRecords): DnsQuery {
    const worn = this.#isWorn()
    if (worn) this.#options.reinits?.inc()
    if (worn || this.#isSpent()) this.#channels = this.#open()
    this.#questions++
    const channel = this.#pick()
    const query: DnsQuery & { cancelled: boolean } = { cancelled: false, cancel: () => void (query.cancelled = true) }
    const onAnswer = (error: Error | null, records: readonly { address: string; ttl: number }[] | undefined): void => {
      this.#answered(channel, error)
      if (query.cancelled) return
      const addresses = (records ?? []).map(({ address, ttl }) => ({ ip: address, ttlMs: Math.max(0, ttl) * 1000 }))
      onRecords(codeOf(error), addresses)
    }
    channel.waiting++
    try {
      if (family === 4) channel.resolver.resolve4(name, { ttl: true }, onAnswer)
      else channel.resolver.resolve6(name, { ttl: true }, onAnswer)
    } catch (error) {
      // A name that cannot be put into a question, such as one with an empty label.
      onAnswer(error as Error, undefined)
    }
    return query
  }

  close(): void {
    for (const { resolver } of this.#live) resolver.cancel()
    this.#live.clear()
  }

  #answered(channel: Channel, error: Error | null): void {
    channel.waiting--
    if (codeOf(error) === 'ETIMEOUT') this.#timedOut = true
    if (channel.waiting === 0 && !this.#channels.includes(channel)) this.#live.delete(channel)
  }

  #pick(): Channel {
    const { rotate } = this.#options
    const at = rotate === undefined ? 0 : rotate.random.uint32() % this.#channels.length
    return this.#channels[at]!
  }

  #isWorn(): boolean {
    const { renew } = this.#options
    if (renew === undefined) return false
    if (renew.ageMs > 0 && renew.time.monotonicMs() - this.#bornMs >= renew.ageMs) return true
    return renew.onTimeout && this.#timedOut
  }

  #isSpent(): boolean {
    const questions = this.#options.renew?.questions ?? 0
    return questions > 0 && this.#questions >= questions
  }

  /** A channel; with `rotate` one for each server to begin with, since the order of a channel is fixed. */
  #open(): readonly Channel[] {
    const { timeoutMs: timeout, tries, servers, rotate, renew } = this.#options
    for (const channel of this.#live) if (channel.waiting === 0) this.#live.delete(channel)
    this.opened++
    this.#questions = 0
    this.#bornMs = renew?.time.monotonicMs() ?? 0
    this.#timedOut = false
    const first = new Resolver({ timeout, tries })
    const order = servers.length > 0 ? servers : first.getServers()
    const channels: Channel[] = []
    for (let at = 0; at < (rotate === undefined ? 1 : Math.max(1, order.length)); at++) {
      const resolver = at === 0 ? first : new Resolver({ timeout, tries })
      if (servers.length > 0 || at > 0) resolver.setServers([...order.slice(at), ...order.slice(0, at)])
      const channel = { resolver, waiting: 0 }
      channels.push(channel)
      this.#live.add(channel)
    }
    return channels
  }
}

function codeOf(error: Error | null): string {
  return error === null ? '' : ((error as NodeJS.ErrnoException).code ?? 'EUNKNOWN')
}
