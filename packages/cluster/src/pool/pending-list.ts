import type { PendingStream, UpstreamCallbacks } from '../contracts/cluster.ts'

/** A request that waits for a connection: made only when one must wait. */
export class PendingRequest implements PendingStream {
  readonly callbacks: UpstreamCallbacks
  readonly #onCancel: (request: PendingRequest) => void
  list: PendingList | undefined = undefined
  previous: PendingRequest | undefined = undefined
  next: PendingRequest | undefined = undefined

  constructor(callbacks: UpstreamCallbacks, onCancel: (request: PendingRequest) => void) {
    this.callbacks = callbacks
    this.#onCancel = onCancel
  }

  cancel(): void {
    if (this.list !== undefined) this.#onCancel(this)
  }
}

/** Requests in the order of their coming; each can be taken out from anywhere in constant time. */
export class PendingList {
  size = 0
  #first: PendingRequest | undefined = undefined
  #last: PendingRequest | undefined = undefined

  push(request: PendingRequest): void {
    request.list = this
    request.previous = this.#last
    if (this.#last === undefined) this.#first = request
    else this.#last.next = request
    this.#last = request
    this.size++
  }

  shift(): PendingRequest | undefined {
    const first = this.#first
    if (first !== undefined) this.remove(first)
    return first
  }

  remove(request: PendingRequest): void {
    const { previous, next } = request
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    request.previous = request.next = request.list = undefined
    this.size--
  }
}
