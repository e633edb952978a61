import type { ListeningSockets } from './listening-sockets.ts'
import type { Worker } from './supervisor.ts'

/**
 * Sockets that only one worker listens on, while it is gone: a sibling accepts from them until there is a successor, so
 * that nobody waits for it.
 */
export class Loans {
  readonly #sockets: ListeningSockets
  /** By slot, who stands in and the numbers of its loans. */
  readonly #standIns = new Map<number, { readonly by: Worker; readonly loans: readonly number[] }>()
  /** By slot, those that died since somebody served in it. */
  readonly #dead = new Map<number, number[]>()
  #ids = 0

  constructor(sockets: ListeningSockets) {
    this.#sockets = sockets
  }

  /** A worker died: one of those that serve stands in, and in every slot where it did so itself. */
  standIn(dead: Worker, serving: readonly Worker[]): void {
    this.#dead.set(dead.slot, [...(this.#dead.get(dead.slot) ?? []), dead.id])
    const orphaned = [...this.#standIns].filter(([, { by }]) => by.id === dead.id).map(([slot]) => slot)
    for (const slot of new Set([dead.slot, ...orphaned])) this.#lend(slot, serving)
  }

  /** Slots that nobody has, since there were more workers before: others listen on their sockets for good. */
  cover(from: number, to: number, serving: readonly Worker[]): void {
    for (let slot = from; slot < to; slot++) this.#lend(slot, serving)
  }

  /** A worker leaves: others take over what was lent to it. */
  leaves(worker: Worker, serving: readonly Worker[]): void {
    for (const [slot, { by }] of this.#standIns) if (by.id === worker.id) this.#lend(slot, serving)
  }

  #lend(slot: number, serving: readonly Worker[]): void {
    const by = serving[slot % Math.max(1, serving.length)]
    this.#standIns.delete(slot)
    if (by === undefined) return
    const loans = this.#sockets.ofSlot(slot).map(([key, { handle }]) => {
      const loan = ++this.#ids
      // For one that has ended meanwhile another stands in (`standIn`).
      by.process.channel.ask('lend', { key, loan }, handle).catch(() => {})
      return loan
    })
    this.#standIns.set(slot, { by, loans })
  }

  /** A worker serves: what was lent of its slot is returned, and its predecessors are forgotten. */
  takeBack({ slot }: Worker): void {
    const standIn = this.#standIns.get(slot)
    this.#standIns.delete(slot)
    // With one that has ended its loans have ended too.
    for (const loan of standIn?.loans ?? []) standIn!.by.process.channel.ask('return', { loan }).catch(() => {})
    for (const id of this.#dead.get(slot) ?? []) this.#sockets.forget(id)
    this.#dead.delete(slot)
  }
}
