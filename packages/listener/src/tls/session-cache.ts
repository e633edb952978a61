import type { X509Certificate } from 'node:crypto'

/** A session to resume, with the certificate that the peer showed when it was made. */
export interface CachedSession {
  readonly session: Buffer
  readonly peer: X509Certificate | undefined
}

/** Sessions of an upstream by server name: one made for a name is never offered under another. */
export class SessionCache {
  readonly #limit: number
  readonly #sessions = new Map<string, CachedSession>()

  /** `limit` 0 keeps none. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(serverName: string): CachedSession | undefined {
    return this.#sessions.get(serverName)
  }

  set(serverName: string, session: CachedSession): void {
    if (this.#limit <= 0) return
    this.#sessions.delete(serverName)
    this.#sessions.set(serverName, session)
    if (this.#sessions.size <= this.#limit) return
    const [oldest] = this.#sessions.keys()
    this.#sessions.delete(oldest!)
  }

  /** As when certificates or authorities changed. */
  clear(): void {
    this.#sessions.clear()
  }
}
