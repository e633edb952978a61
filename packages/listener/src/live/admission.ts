import { readFileSync } from 'node:fs'
import type { AdmissionVerdict, ConnectionAdmission } from './context.ts'

/**
 * A limit on the connections of all listeners together (`global_downstream_max_connections`), and a question to the
 * overload manager for each new one.
 */
export class GlobalConnectionLimit implements ConnectionAdmission {
  readonly #limit: () => number
  readonly #overloaded: () => boolean
  #active = 0

  constructor(limit: () => number, overloaded: () => boolean = () => false) {
    this.#limit = limit
    this.#overloaded = overloaded
  }

  /** Connections that count against the limit. */
  get active(): number {
    return this.#active
  }

  admit(ignoresLimit: boolean, bypasses = false): AdmissionVerdict {
    if (!bypasses && this.#overloaded()) return 'overload'
    if (ignoresLimit) return 'admit'
    if (this.#active >= this.#limit()) return 'overflow'
    this.#active++
    return 'admit'
  }

  release(ignoresLimit: boolean): void {
    if (!ignoresLimit) this.#active--
  }
}

/**
 * How many file descriptors this process may have open; undefined where the system does not tell. Node has no way to
 * leave connections in the kernel's queue when they run out (they are accepted and closed at once, unseen), so a server
 * does well to set a global connection limit below this number, less what its upstream connections need.
 */
export function fileDescriptorLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
    return line === null ? undefined : Number(line[1])
  } catch {
    return undefined
  }
}
