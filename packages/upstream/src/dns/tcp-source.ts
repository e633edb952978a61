import { getServers } from 'node:dns'
import type { RandomGenerator, TimeSource } from '@nuncio/core'
import type { DnsQuery } from './dns-resolver.ts'
import { NO_QUERY, type OnRecords, type RecordSource, type SourceOptions } from './record-source.ts'
import { type DnsServerAddress, readServer, TcpExchange } from './tcp-exchange.ts'
import { encodeQuestion, readRecords, type Records } from './wire.ts'

export interface TcpSourceOptions extends SourceOptions {
  readonly time: TimeSource
  /** Draws the ids of questions, and with `rotate` the server to begin with. */
  readonly random: RandomGenerator
  readonly rotate?: boolean | undefined
}

/** What a server says when another one may know more. */
const ASK_NEXT = new Set(['ESERVFAIL', 'ENOTIMP', 'EREFUSED'])

/** DNS over TCP only (RFC 7766), which c-ares cannot be told to speak from here: a connection for each question. */
export class TcpSource implements RecordSource {
  readonly #options: TcpSourceOptions
  readonly #questions = new Set<Question>()

  constructor(options: TcpSourceOptions) {
    this.#options = options
  }

  ask(name: string, family: 4 | 6, onRecords: OnRecords): DnsQuery {
    const id = this.#options.random.uint32() & 0xffff
    const bytes = encodeQuestion(id, name, family)
    if (bytes === undefined) {
      onRecords('EBADNAME', [])
      return NO_QUERY
    }
    const question = new Question(this.#options, this.#servers(), bytes, (records) => {
      this.#questions.delete(question)
      onRecords(records.code, records.addresses)
    })
    this.#questions.add(question)
    question.next()
    return {
      cancel: () => {
        this.#questions.delete(question)
        question.cancel()
      },
    }
  }

  close(): void {
    for (const question of this.#questions) question.cancel()
    this.#questions.clear()
  }

  #servers(): readonly DnsServerAddress[] {
    const { servers, rotate, random } = this.#options
    const all = (servers.length > 0 ? servers : getServers()).map(readServer)
    const at = rotate === true && all.length > 1 ? random.uint32() % all.length : 0
    return [...all.slice(at), ...all.slice(0, at)]
  }
}

/** One question on its way from server to server, as often as it may be asked. */
class Question {
  readonly #options: TcpSourceOptions
  readonly #servers: readonly DnsServerAddress[]
  readonly #bytes: Buffer
  readonly #onEnd: (records: Records) => void
  #asked = 0
  #failed = 'ECONNREFUSED'
  #exchange: TcpExchange | undefined = undefined

  constructor(
    options: TcpSourceOptions,
    servers: readonly DnsServerAddress[],
    bytes: Buffer,
    onEnd: (records: Records) => void,
  ) {
    this.#options = options
    this.#servers = servers
    this.#bytes = bytes
    this.#onEnd = onEnd
  }

  next(): void {
    const { time, timeoutMs, tries } = this.#options
    const round = Math.floor(this.#asked / Math.max(1, this.#servers.length))
    const server = round < tries ? this.#servers[this.#asked % this.#servers.length] : undefined
    if (server === undefined) return this.#onEnd({ code: this.#failed, addresses: [] })
    this.#asked++
    this.#exchange = new TcpExchange(
      server,
      this.#bytes,
      { time, timeoutMs: timeoutMs * 2 ** round },
      (code, message) => this.#took(code, message),
    )
  }

  cancel(): void {
    this.#exchange?.close()
  }

  #took(code: string, message: Buffer | undefined): void {
    const records = message === undefined ? { code, addresses: [] } : readRecords(message, this.#bytes)
    if (message !== undefined && records.code !== 'EBADRESP' && !ASK_NEXT.has(records.code)) return this.#onEnd(records)
    this.#failed = records.code
    this.next()
  }
}
