/** It has more to send, or has sent all it had: it is asked again when it asks for it. */
export const MORE = 0
export const DONE = 1
/** The window of the connection is used up. */
export const HELD = 2

/** Something that sends in turns. */
export interface Sender {
  scheduled: boolean
  /** Sends one frame. */
  sendFrame(): typeof MORE | typeof DONE | typeof HELD
}

/** Lets senders take turns, a frame each, while there is room. */
export class SendSchedule {
  #waiting: Sender[] = []
  #running = false

  get empty(): boolean {
    return this.#waiting.length === 0
  }

  add(sender: Sender): void {
    if (sender.scheduled) return
    sender.scheduled = true
    this.#waiting.push(sender)
  }

  run(connection: { readonly writable: boolean }): void {
    if (this.#running) return
    this.#running = true
    try {
      while (this.#waiting.length > 0 && connection.writable && this.#round(connection)) continue
    } finally {
      this.#running = false
    }
  }

  /** Answers whether anybody sent anything. */
  #round(connection: { readonly writable: boolean }): boolean {
    const round = this.#waiting
    this.#waiting = []
    let progress = false
    for (const sender of round) {
      if (!connection.writable) {
        this.#waiting.push(sender)
        continue
      }
      sender.scheduled = false
      const then = sender.sendFrame()
      if (then !== HELD) progress = true
      if (then !== DONE) this.add(sender)
    }
    return progress
  }
}
