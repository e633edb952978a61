import type { Port } from '../channel.ts'

/** Two ends of one pipe, in one process: messages are copied, and arrive a turn later. */
export function linkedPorts(): { readonly left: Port; readonly right: Port; readonly close: () => void } {
  const left = new End()
  const right = new End()
  left.other = right
  right.other = left
  return {
    left,
    right,
    close: () => {
      left.end()
      right.end()
    },
  }
}

class End implements Port {
  other!: End
  #open = true
  #listener: (message: unknown, handle: object | undefined) => void = () => {}
  #onClose: () => void = () => {}

  send(message: unknown, handle?: object): boolean {
    if (!this.#open) return false
    const copy: unknown = structuredClone(message)
    queueMicrotask(() => this.other.#open && this.other.#listener(copy, handle))
    return true
  }
  onMessage(listener: (message: unknown, handle: object | undefined) => void): void {
    this.#listener = listener
  }
  onClose(listener: () => void): void {
    this.#onClose = listener
  }
  end(): void {
    if (!this.#open) return
    this.#open = false
    this.#onClose()
  }
}
