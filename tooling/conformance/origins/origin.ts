import type { AddressInfo, Server } from 'node:net'
import type { Cue, OriginScript, Reply } from '../model/document.ts'
import type { Cues } from '../play/cues.ts'
import type { ObservedRequest } from '../wire/observed.ts'
import { serverOptions } from '../wire/certificates.ts'
import { http1Listener } from './http1-origin.ts'
import { http2Listener } from './http2-origin.ts'
import { tcpListener } from './tcp-origin.ts'

/** What the listeners of an origin know of it. */
export interface Stage {
  readonly name: string
  /** Types of gRPC messages, where it speaks that. */
  readonly grpc: OriginScript['grpc']
  /** The reply to the next request. */
  nextReply(): Reply
  /** The same, without taking it. */
  peekReply(): Reply
  /** Writes a request down. */
  received(request: Omit<ObservedRequest, 'origin'>): void
  /** A number for a new connection. */
  nextConnection(): number
  /** Says what was read, for who waits for it. */
  arrived(text: string): void
  /** Says whether something has begun on a connection or stream that is not written down yet. */
  unfinished(on: object, so: boolean): void
  /** Calls at once without a cue; with one, once that has happened, and never when it does not in this case. */
  when(cue: Cue | undefined, call: () => void): void
}

/** A scripted origin on a free port of 127.0.0.1. */
export class Origin implements AsyncDisposable {
  readonly name: string
  readonly requests: ObservedRequest[] = []
  readonly #script: OriginScript
  readonly #server: Server
  readonly #unfinished = new Set<object>()
  /** Connections that the origin has ended, and the proxy not yet. */
  readonly #ending = new Set<object>()
  readonly #sockets = new Set<{ destroy(): unknown }>()
  #replies: readonly Reply[]
  #next = 0
  #connections = 0

  private constructor(name: string, script: OriginScript, cues: Cues) {
    this.name = name
    this.#script = script
    this.#replies = script.replies
    const stage: Stage = {
      name,
      grpc: script.grpc,
      nextReply: () => {
        cues.reached(name)
        this.#next++
        return this.#reply(this.#next - 1)
      },
      peekReply: () => this.#reply(this.#next),
      received: (request) => void this.requests.push({ origin: name, ...request }),
      nextConnection: () => ++this.#connections,
      arrived: (text) => cues.arrived(name, text),
      unfinished: (on, so) => void (so ? this.#unfinished.add(on) : this.#unfinished.delete(on)),
      when: (cue, call) => {
        if (cue === undefined) return call()
        void cues.when(cue).then((come) => come && call())
      },
    }
    const make = { http1: http1Listener, http2: http2Listener, tcp: tcpListener }[script.kind]
    this.#server = make(stage, serverOptions(script.tls, script.client_ca))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('finish', () => this.#ending.add(socket))
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#ending.delete(socket)
      })
    })
  }

  static async start(name: string, script: OriginScript, cues: Cues): Promise<Origin> {
    const origin = new Origin(name, script, cues)
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Whether all that came to it is written down, and what it ended is ended. */
  get settled(): boolean {
    return this.#unfinished.size === 0 && this.#ending.size === 0
  }

  /** Forgets what was received and begins its script anew, or another one. */
  reset(replies: readonly Reply[] = this.#script.replies): void {
    this.requests.length = 0
    this.#next = 0
    this.#connections = 0
    this.#replies = replies
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #reply(at: number): Reply {
    return this.#replies[Math.min(at, this.#replies.length - 1)] ?? {}
  }
}
