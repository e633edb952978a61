import type { BindAddress, SocketUse } from '@nuncio/listener'
import type { BoundSocket } from './bound-socket.ts'
import type { InheritedSockets } from './hot-restart/protocol.ts'

/** Binds sockets; throws errors with the system's code. */
export interface SocketBinder {
  /** That the address is in use may show only when somebody listens. */
  bind(at: BindAddress, reusePort: boolean): BoundSocket
  /** Throws when somebody listens there, also when they would share the address. */
  probe(at: BindAddress): void
}

/** The sockets of one address: one for all workers, or one for each slot. */
interface Group {
  readonly at: BindAddress
  readonly reusePort: boolean
  readonly sockets: BoundSocket[]
  /** Workers that listen on them, by id. */
  readonly holders: Set<number>
}

/** What an address is known by; one that the kernel chooses belongs to its listener. */
export function socketKey(at: BindAddress, owner: string): string {
  if (at.unix) return at.address
  return at.port === 0 ? `${at.address}:0/${owner}` : `${at.address}:${at.port}`
}

/**
 * The listening sockets of all workers. They belong to the process that keeps this, which never accepts from them: when a
 * worker dies its connections wait in the socket's queue for whoever listens on it next, and are not lost.
 */
export class ListeningSockets {
  readonly #groups = new Map<string, Group>()
  readonly #binder: SocketBinder

  constructor(binder: SocketBinder) {
    this.#binder = binder
  }

  /** The socket of an address for a worker in a slot; the same for its successors. Throws as `SocketBinder` does. */
  obtain(at: BindAddress, { owner, reusePort }: SocketUse, slot: number, worker: number): BoundSocket {
    const key = socketKey(at, owner)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { at, reusePort: reusePort && !at.unix, sockets: [this.#first(at, reusePort)], holders: new Set() }
      this.#groups.set(key, group)
    }
    group.holders.add(worker)
    return this.#socketOf(group, slot)
  }

  /** Others may share a port without a word when all ask for it: who is first makes sure that it is free. */
  #first(at: BindAddress, reusePort: boolean): BoundSocket {
    const shares = reusePort && !at.unix
    if (shares && at.port !== 0) this.#binder.probe(at)
    return this.#binder.bind(at, shares)
  }

  #socketOf(group: Group, slot: number): BoundSocket {
    if (!group.reusePort) return group.sockets[0]!
    const at = { ...group.at, port: group.sockets[0]!.port }
    while (group.sockets.length <= slot) group.sockets.push(this.#binder.bind(at, true))
    return group.sockets[slot]!
  }

  /** The worker does not listen there any more; what nobody listens on is closed. */
  release(key: string, worker: number): void {
    const group = this.#groups.get(key)
    if (group === undefined) return
    group.holders.delete(worker)
    if (group.holders.size > 0) return
    this.#groups.delete(key)
    for (const socket of group.sockets) socket.close()
  }

  /** A worker that has ended is not counted any more: its successor serves, or there will be none. */
  forget(worker: number): void {
    for (const [key, { holders }] of this.#groups) if (holders.has(worker)) this.release(key, worker)
  }

  /** The sockets that only workers of one slot listen on, by key: what a sibling has to stand in for. */
  ofSlot(slot: number): readonly (readonly [key: string, socket: BoundSocket])[] {
    return [...this.#groups].flatMap(([key, { reusePort, sockets }]) => {
      const socket = reusePort ? sockets[slot] : undefined
      return socket === undefined ? [] : [[key, socket] as const]
    })
  }

  /** All of them, as a successor is told. */
  get described(): InheritedSockets[] {
    return [...this.#groups].map(([key, { at, reusePort, sockets }]) => ({
      key,
      at,
      reusePort,
      ports: sockets.map(({ port }) => port),
    }))
  }

  at(key: string, index: number): BoundSocket | undefined {
    return this.#groups.get(key)?.sockets[index]
  }

  /** Takes over the sockets of a predecessor. */
  inherit({ key, at, reusePort }: InheritedSockets, sockets: readonly BoundSocket[]): void {
    this.#groups.set(key, { at, reusePort, sockets: [...sockets], holders: new Set() })
  }

  /** Closes those that were inherited and that no worker wants. */
  sweep(): void {
    for (const [key, { holders }] of this.#groups) if (holders.size === 0) this.release(key, -1)
  }

  /** How many slots have sockets of their own. */
  get slots(): number {
    let most = 0
    for (const { reusePort, sockets } of this.#groups.values()) if (reusePort) most = Math.max(most, sockets.length)
    return most
  }

  close(): void {
    for (const { sockets } of this.#groups.values()) for (const socket of sockets) socket.close()
    this.#groups.clear()
  }

  /** Another process has all of them. */
  letGo(): void {
    for (const { sockets } of this.#groups.values()) for (const socket of sockets) socket.letGo()
    this.#groups.clear()
  }
}
