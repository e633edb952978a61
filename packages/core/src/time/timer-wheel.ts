import type { Timer, TimeSource } from './time-source.ts'

/**
 * Something that has a deadline on a wheel. Extend it (a stream, a connection) so that arming a timer allocates
 * nothing: the links are fields of the object itself.
 */
export abstract class Deadline {
  /** Monotonic milliseconds at which `onDeadline` is due; Infinity while not armed. */
  deadlineMs = Number.POSITIVE_INFINITY
  /** @internal slot list links, owned by the wheel */
  wheelPrev: Deadline | undefined = undefined
  /** @internal */
  wheelNext: Deadline | undefined = undefined
  /** @internal slot number, or -1 when on no list */
  wheelSlot = -1

  /** The deadline has passed; it is no longer armed and may be armed again from here. */
  abstract onDeadline(nowMs: number): void
}

const SLOTS = 256
const MASK = SLOTS - 1

/**
 * A hashed timer wheel: O(1) to arm, to move and to cancel, one real timer in all. Deadlines fire up to one tick
 * (`tickMs`) late, never early. Moving a deadline later costs one comparison: it is re-filed when its old slot
 * comes up.
 */
export class TimerWheel {
  readonly #time: TimeSource
  readonly #tickMs: number
  readonly #slots: (Deadline | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  /** The last tick that was worked off. */
  #tick: number
  #armed = 0
  #timer: Timer | undefined = undefined
  readonly #onBug: ((error: unknown) => void) | undefined
  readonly #onTimer = (): void => this.#advance()

  /** `onBug` is told of exceptions that come out of `onDeadline`; without it they go on to the event loop, and the wheel stops. */
  constructor(time: TimeSource, tickMs = 10, onBug?: (error: unknown) => void) {
    this.#time = time
    this.#tickMs = tickMs
    this.#onBug = onBug
    this.#tick = Math.floor(time.monotonicMs() / tickMs)
  }

  /** How many deadlines are filed (a cancelled one is taken off at once). */
  get armed(): number {
    return this.#armed
  }

  /** Arms `item` to fire at `atMs` (monotonic); an armed item is moved. */
  arm(item: Deadline, atMs: number): void {
    item.deadlineMs = atMs
    if (item.wheelSlot >= 0) {
      // Still filed under an earlier tick: it will be looked at then, and re-filed.
      const filed = this.#tick + ((item.wheelSlot - this.#tick) & MASK)
      if (filed * this.#tickMs <= atMs) return
      this.#unlink(item)
    }
    this.#link(item)
    if (this.#timer === undefined) this.#start()
  }

  cancel(item: Deadline): void {
    item.deadlineMs = Number.POSITIVE_INFINITY
    if (item.wheelSlot >= 0) this.#unlink(item)
  }

  /** Stops the real timer; armed deadlines never fire. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #start(): void {
    if (this.#armed === 1) this.#tick = Math.floor(this.#time.monotonicMs() / this.#tickMs)
    this.#timer = this.#time.setTimer(this.#tickMs, this.#onTimer)
  }

  #link(item: Deadline): void {
    const due = Math.ceil(item.deadlineMs / this.#tickMs)
    // Beyond one turn of the wheel it waits in the farthest slot and is re-filed from there.
    const tick = Math.min(Math.max(due, this.#tick + 1), this.#tick + MASK)
    const slot = tick & MASK
    const head = this.#slots[slot]
    item.wheelSlot = slot
    item.wheelPrev = undefined
    item.wheelNext = head
    if (head !== undefined) head.wheelPrev = item
    this.#slots[slot] = item
    this.#armed++
  }

  #unlink(item: Deadline): void {
    const { wheelPrev: prev, wheelNext: next } = item
    if (prev === undefined) this.#slots[item.wheelSlot] = next
    else prev.wheelNext = next
    if (next !== undefined) next.wheelPrev = prev
    item.wheelPrev = item.wheelNext = undefined
    item.wheelSlot = -1
    this.#armed--
  }

  #advance(): void {
    this.#timer = undefined
    const now = this.#time.monotonicMs()
    const until = Math.floor(now / this.#tickMs)
    // After a long stall one turn visits every slot; more turns would visit them again for nothing.
    if (until - this.#tick > SLOTS) this.#tick = until - SLOTS
    while (this.#tick < until) {
      this.#tick++
      this.#fire(this.#tick & MASK, now)
    }
    if (this.#armed > 0 && this.#timer === undefined) this.#timer = this.#time.setTimer(this.#tickMs, this.#onTimer)
  }

  #fire(slot: number, now: number): void {
    let item = this.#slots[slot]
    this.#slots[slot] = undefined
    while (item !== undefined) {
      const next: Deadline | undefined = item.wheelNext
      item.wheelPrev = item.wheelNext = undefined
      item.wheelSlot = -1
      this.#armed--
      // A callback may cancel the item that we hold as `next`; keep it on a list of its own until its turn.
      if (next !== undefined) next.wheelPrev = undefined
      if (item.deadlineMs <= now) {
        item.deadlineMs = Number.POSITIVE_INFINITY
        if (next !== undefined) this.#slots[slot] = next
        this.#call(item, now)
        item = next !== undefined ? this.#take(slot) : undefined
      } else {
        this.#link(item)
        item = next
      }
    }
  }

  #call(item: Deadline, now: number): void {
    try {
      item.onDeadline(now)
    } catch (error) {
      if (this.#onBug === undefined) throw error
      this.#onBug(error)
    }
  }

  /** Takes the rest of a slot off again after a callback ran, whatever the callback did to it. */
  #take(slot: number): Deadline | undefined {
    const head = this.#slots[slot]
    this.#slots[slot] = undefined
    return head
  }
}
