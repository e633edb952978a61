import type { HostRegistry, Membership, MembershipChange } from '@nuncio/cluster'
import type { Timer, TimeSource } from '@nuncio/core'

/** A membership of more hosts is taken over in slices of `SLICE_MS`. */
const SLICE_ABOVE = 2048
const SLICE_MS = 3

export interface MembershipUser {
  /** A membership is in the registry as a whole. */
  onTaken(change: MembershipChange): void
  /** That was the last one by now. */
  onCaughtUp(): void
}

/** Takes over who the hosts of a cluster are; a large membership in slices, so that traffic goes on meanwhile. */
export class MembershipIntake {
  readonly #hosts: Pick<HostRegistry, 'updateInSlices'>
  readonly #time: TimeSource
  readonly #user: MembershipUser
  /** One that waits for the one under way. */
  #next: Membership | undefined = undefined
  #slice: Timer | undefined = undefined
  #closed = false

  constructor(hosts: Pick<HostRegistry, 'updateInSlices'>, time: TimeSource, user: MembershipUser) {
    this.#hosts = hosts
    this.#time = time
    this.#user = user
  }

  /** Whether one is under way. */
  get busy(): boolean {
    return this.#slice !== undefined
  }

  /** Takes over a membership, behind the one that is under way; of those that wait the last one counts. */
  take(membership: Membership): void {
    if (this.#closed) return
    this.#next = membership
    if (this.#slice === undefined) this.#begin()
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closed = true
    this.#next = undefined
    this.#slice?.cancel()
    this.#slice = undefined
  }

  #begin(): void {
    const membership = this.#next!
    this.#next = undefined
    const steps = this.#hosts.updateInSlices(membership)
    // Whoever brought a large one has worked for some milliseconds already.
    if (sizeOf(membership) > SLICE_ABOVE) this.#later(() => this.#step(steps))
    else this.#taken(finish(steps))
  }

  /** One slice of a large membership. */
  #step(steps: Generator<void, MembershipChange>): void {
    const untilMs = this.#time.monotonicMs() + SLICE_MS
    do {
      const step = steps.next()
      if (step.done === true) return this.#later(() => this.#taken(step.value))
    } while (this.#time.monotonicMs() < untilMs)
    this.#later(() => this.#step(steps))
  }

  #taken(change: MembershipChange): void {
    this.#user.onTaken(change)
    if (this.#next === undefined) this.#user.onCaughtUp()
    else this.#begin()
  }

  #later(work: () => void): void {
    this.#slice = this.#time.setTimer(0, () => {
      this.#slice = undefined
      work()
    })
  }
}

function finish(steps: Generator<void, MembershipChange>): MembershipChange {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function sizeOf(membership: Membership): number {
  let size = 0
  for (const level of membership.levels) for (const group of level) size += group.hosts.length
  return size
}
