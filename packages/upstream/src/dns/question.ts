import { isIP } from 'node:net'
import {
  completed,
  type DnsAddress,
  type DnsAnswer,
  type DnsLookupFamily,
  type DnsQuery,
  failure,
  lookupOrder,
} from './dns-resolver.ts'
import type { RecordSource } from './record-source.ts'

/** Codes that are an answer: the name has no such record, does not exist, or is none. */
const NEGATIVE = new Set(['ENODATA', 'ENOTFOUND', 'EBADNAME'])

/** What a question is made of. */
export interface QuestionParts {
  readonly source: RecordSource
  /** The absolute names to ask for, in order. */
  readonly names: readonly string[]
  readonly family: DnsLookupFamily
  /** Families whose addresses can be used at all; others are not asked for. */
  readonly usable?: ReadonlySet<4 | 6> | undefined
  readonly onAnswer: (answer: DnsAnswer) => void
}

/** One name on its way through its candidates and families. */
export class Question {
  readonly #parts: QuestionParts
  readonly #order: readonly (4 | 6)[]
  readonly #both: boolean
  readonly #found: DnsAddress[] = []
  #query: DnsQuery | undefined = undefined
  #cancelled = false
  #name = 0
  #family = 0
  #failed = ''
  #negative = ''

  constructor(parts: QuestionParts) {
    const order = lookupOrder(parts.family)
    this.#parts = parts
    this.#order = order.families.filter((family) => parts.usable?.has(family) ?? true)
    this.#both = order.both
    if (this.#order.length === 0) this.#failed = 'EBADFAMILY'
  }

  cancel(): void {
    this.#cancelled = true
    this.#query?.cancel()
  }

  /** Asks for the record type whose turn it is, or answers. */
  next(): void {
    const name = this.#parts.names[this.#name]
    if (name === undefined) return this.#end()
    const family = this.#order[this.#family]
    if (family === undefined) {
      // The search goes on to the next name only past an answer that says no: a dead server says nothing of the others.
      if (this.#found.length > 0 || this.#failed !== '') return this.#end()
      this.#name++
      this.#family = 0
      return this.next()
    }
    let answered = false
    const query = this.#parts.source.ask(name, family, (code, addresses) => {
      answered = true
      if (!this.#cancelled) this.#took(code, addresses)
    })
    if (!answered) this.#query = query
  }

  #took(code: string, addresses: readonly DnsAddress[]): void {
    if (NEGATIVE.has(code)) this.#negative = code
    else if (code !== '') this.#failed = code
    for (const address of addresses) if (isIP(address.ip) !== 0) this.#found.push(address)
    // What is no name in one question is none in another.
    this.#family = code === 'EBADNAME' ? this.#order.length : this.#family + 1
    if (this.#found.length > 0 && !this.#both) return this.#end()
    this.next()
  }

  #end(): void {
    const { onAnswer } = this.#parts
    if (this.#found.length > 0) onAnswer(completed(this.#found))
    else if (this.#failed !== '') onAnswer(failure(this.#failed))
    else onAnswer(completed([], this.#negative))
  }
}
