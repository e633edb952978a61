import { type RequestDecoder, type ResponseEncoder, StatsStore } from '@nuncio/core'
import { ClientConnection, http1Options, Http2ClientConnection, http2Options, Http2ServerConnection, Http2Stats, ServerConnection, WriteBatch } from '@nuncio/http-codec' // prettier-ignore
import { FRAME, frame, MemorySocket, setting } from '@nuncio/http-codec/testing'
import type { MemoryDial } from '@nuncio/upstream/testing'
import { Exchange } from './exchange.ts'
import { type Book, Served } from './origins.ts'
import type { Plan } from './plans.ts'
import { PipelinedClient } from './pipelined-client.ts'
import { Proxy, type ProxyOptions } from './proxy.ts'
import { Wire } from './wire.ts'

/** The least that HTTP/2 has: a peer may use this much before it has read any settings. */
const WINDOWS = { initialStreamWindow: 65_535, initialConnectionWindow: 65_535, allowConnect: true, streamResetBurst: Number.POSITIVE_INFINITY } // prettier-ignore

const INITIAL_WINDOW = 4

/** A client's connection. */
export interface ClientEnd {
  readonly wire: Wire
  readonly exchanges: Exchange[]
  /** False: another request cannot be sent now. */
  open(exchange: Exchange): boolean
  /** Looks at what has come, where that is not done as it comes. */
  read?(): void
}

/** An origin's connection. */
export interface OriginEnd {
  readonly wire: Wire
  readonly served: Served[]
  goAway(): void
}

/** The proxy between clients and origins that the script moves. */
export class World {
  readonly proxy: Proxy
  readonly clients: ClientEnd[] = []
  readonly origins: OriginEnd[] = []
  readonly exchanges: Exchange[] = []
  readonly book: Book & { readonly plans: Plan[] } = { plans: [], tries: [] }
  /** The peers' own. */
  readonly #batch: WriteBatch
  readonly #options: ProxyOptions
  readonly #stats = new StatsStore()
  readonly #windows = new Map<ClientEnd | OriginEnd, number>()

  constructor(options: ProxyOptions) {
    this.#options = options
    this.proxy = new Proxy(options)
    this.#batch = new WriteBatch(this.proxy.time, (error) => void this.proxy.bugs.push(error))
  }

  /**
   * Whether there are connections enough for mirrored requests: one that has the last connection would wait for the one that
   * waits for a connection.
   */
  get mirrors(): boolean {
    return this.#options.maxConnections > 100
  }

  /** Runs as one callback of the peers' event loop. */
  act(task: () => void): void {
    this.#batch.enter()
    try {
      task()
    } finally {
      this.#batch.leave()
    }
  }

  get dials(): readonly MemoryDial[] {
    return this.proxy.connector.dials.filter((dial) => !dial.cancelled)
  }

  decide(dial: MemoryDial, accepted: boolean): void {
    const { dials } = this.proxy.connector
    dials.splice(dials.indexOf(dial), 1)
    if (accepted) this.#accepted(dial)
    else dial.refuse()
  }

  #accepted(dial: MemoryDial): void {
    const socket = this.proxy.upstreamSocket()
    const wire = new Wire(new MemorySocket(), socket)
    const end: OriginEnd = { wire, served: [], goAway: () => {} }
    const onRequest = (encoder: ResponseEncoder & { readonly headersSent: boolean }): RequestDecoder => {
      const served = new Served(this.book, encoder)
      end.served.push(served)
      return served
    }
    if (this.#options.up === 'HTTP/1.1') {
      const options = http1Options({ enableTrailers: true })
      const codec = new ServerConnection(wire.peer, { onRequest, onMalformed: (_stream, _status, details) => void this.proxy.bugs.push(`the origin was sent ${details}`) }, options, this.#batch) // prettier-ignore
      codec.start()
      this.origins.push({ ...end, goAway: () => codec.drain() })
    } else {
      const callbacks = { onRequest, onProtocolError: (details: string) => void this.proxy.bugs.push(`the origin was sent ${details}`), onClose: () => {} } // prettier-ignore
      const codec = new Http2ServerConnection(wire.peer, callbacks, this.#http2())
      codec.start()
      this.origins.push({ ...end, goAway: () => codec.drain() })
    }
    dial.accept(socket)
  }

  #http2() {
    return { options: http2Options({ ...WINDOWS, maxConcurrentStreams: this.#options.maxStreams }), stats: new Http2Stats(this.#stats.scope('')), batch: this.#batch, secure: false } // prettier-ignore
  }

  /** A client connects. */
  connect(): void {
    const peer = new MemorySocket()
    const wire = new Wire(peer, this.proxy.accept())
    if (this.#options.down === 'pipelined') {
      this.clients.push(new PipelinedClient(wire))
      return
    }
    const exchanges: Exchange[] = []
    const bug = (details: string): void => void this.proxy.bugs.push(`the client was sent ${details}`)
    if (this.#options.down === 'HTTP/1.1') {
      const onClose = (_codec: ClientConnection, details: string): void => {
        if (details.startsWith('http1.')) bug(details)
      }
      const codec = ClientConnection.over(peer, '', { onConnected: () => {}, onIdle: () => {}, onClose }, http1Options({ enableTrailers: true }), this.#batch, false) // prettier-ignore
      const open = (exchange: Exchange): boolean => {
        if (!codec.idle) return false
        exchange.begin(codec.newStream(exchange))
        return true
      }
      this.clients.push({ wire, exchanges, open })
      return
    }
    const callbacks = { onStreamEnd: () => {}, onMaxStreams: () => {}, onGoodbye: () => {}, onProtocolError: bug, onEnd: () => {} } // prettier-ignore
    const codec = new Http2ClientConnection(peer, callbacks, this.#http2())
    codec.start()
    const open = (exchange: Exchange): boolean => {
      if (!codec.usable) return false
      exchange.begin(codec.newStream(exchange))
      return true
    }
    this.clients.push({ wire, exchanges, open })
  }

  request(client: ClientEnd, make: (id: number) => Plan): void {
    const plan = make(this.book.plans.length)
    const exchange = new Exchange(plan)
    this.book.plans.push(plan)
    if (!client.open(exchange)) return
    client.exchanges.push(exchange)
    this.exchanges.push(exchange)
  }

  /** A peer that speaks HTTP/2 changes what each of its streams may be sent. */
  allow(which: number, bytes: number): void {
    const ends = [...this.clients, ...this.origins]
    if (ends.length > 0) this.#allows(ends[which % ends.length]!, bytes)
  }

  #allows(end: ClientEnd | OriginEnd, bytes: number): boolean {
    const protocol = 'served' in end ? this.#options.up : this.#options.down
    if (protocol !== 'HTTP/2' || end.wire.peer.sent.length === 0 || (this.#windows.get(end) ?? 65_535) === bytes) return false // prettier-ignore
    this.#windows.set(end, bytes)
    end.wire.peer.write(frame(FRAME.SETTINGS, 0, 0, setting(INITIAL_WINDOW, bytes)))
    return true
  }

  get wires(): readonly Wire[] {
    return [...this.clients, ...this.origins].map(({ wire }) => wire)
  }

  get served(): readonly Served[] {
    return this.origins.flatMap(({ served }) => served)
  }

  /** Lets all that peers have sent and asked for arrive. */
  flow(): void {
    for (const dial of this.dials) this.decide(dial, true)
    this.act(() => {
      for (const exchange of this.exchanges) exchange.send(4000)
    })
    for (const wire of this.wires) wire.settle()
  }

  /** Lets everything happen that can without time, faults, or a decision, until nothing more does. */
  async settle(): Promise<void> {
    for (let moved = true, rounds = 0; moved; rounds++) {
      if (rounds > 100_000) throw new Error('it never comes to rest')
      moved = false
      for (const dial of this.dials) {
        this.decide(dial, true)
        moved = true
      }
      for (const end of [...this.clients, ...this.origins]) {
        const { wire } = end
        if (this.#allows(end, 65_535)) moved = true
        for (const socket of [wire.peer, wire.proxy]) socket.stall(false)
        if (wire.settle()) moved = true
      }
      for (const client of this.clients) client.read?.()
      this.act(() => {
        for (const exchange of this.exchanges) {
          exchange.pause(false)
          if (exchange.send(4000)) moved = true
        }
        for (const served of this.served) {
          served.pause(false)
          if (served.answer(4000)) moved = true
        }
      })
      for (const go of this.proxy.holds.waiting.splice(0)) {
        go()
        moved = true
      }
      for (let i = 0; i < 12; i++) await Promise.resolve()
    }
  }
}
