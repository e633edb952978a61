import {
  completed,
  type DnsAnswer,
  type DnsLookupFamily,
  type DnsQuery,
  type DnsResolver,
  failure,
} from '../dns/dns-resolver.ts'

/** A question that a test has to answer. */
export interface FakeQuestion {
  readonly name: string
  readonly family: DnsLookupFamily
  cancelled: boolean
  /** Addresses, each `ip` or `ip ttlSeconds`. */
  answer(...addresses: readonly string[]): void
  fail(details?: string): void
}

/** A resolver whose answers a test gives by hand, or beforehand with `script`. */
export class FakeResolver implements DnsResolver {
  /** Not answered yet. */
  readonly open: FakeQuestion[] = []
  /** Every name that was asked for, in order. */
  readonly asked: string[] = []
  closed = false
  readonly #script = new Map<string, readonly string[] | 'failure'>()

  /** From now on a name has these addresses (`ip` or `ip ttlSeconds`), or fails. */
  script(name: string, answer: readonly string[] | 'failure'): this {
    this.#script.set(name, answer)
    return this
  }

  resolve(name: string, family: DnsLookupFamily, onAnswer: (answer: DnsAnswer) => void): DnsQuery {
    this.asked.push(name)
    const scripted = this.#script.get(name)
    if (scripted !== undefined) {
      onAnswer(scripted === 'failure' ? failure('ETIMEOUT') : toAnswer(scripted))
      return { cancel: () => {} }
    }
    const settle = (answer: DnsAnswer): void => {
      if (!question.cancelled && this.open.includes(question)) {
        this.open.splice(this.open.indexOf(question), 1)
        onAnswer(answer)
      }
    }
    const question: FakeQuestion = {
      name,
      family,
      cancelled: false,
      answer: (...addresses) => settle(toAnswer(addresses)),
      fail: (details = 'ETIMEOUT') => settle(failure(details)),
    }
    this.open.push(question)
    return {
      cancel: () => {
        question.cancelled = true
        const at = this.open.indexOf(question)
        if (at >= 0) this.open.splice(at, 1)
      },
    }
  }

  close(): void {
    this.closed = true
    for (const question of this.open.splice(0)) question.cancelled = true
  }
}

function toAnswer(addresses: readonly string[]): DnsAnswer {
  return completed(
    addresses.map((text) => {
      const [ip = '', ttl = '60'] = text.split(' ')
      return { ip, ttlMs: Number(ttl) * 1000 }
    }),
  )
}
