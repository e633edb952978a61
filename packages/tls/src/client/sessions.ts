import type { Peer } from '../peer/peer-verifier.ts'

/** A session to resume. A resumed handshake shows no certificate, so the peer of the full one is kept with it. */
export interface Session {
  readonly bytes: Buffer
  /** A ticket of TLS 1.3 is for one connection: used twice, it would tell a listener that both are of one client. */
  readonly once: boolean
  readonly peer: Peer
}

/** Sessions of at most so many hosts and names are kept. */
const KEYS = 4096

/** Sessions to resume, the newest first, by host and server name: one made for a name is never offered under another. */
export class Sessions {
  readonly #limit: number
  readonly #byKey = new Map<string, Session[]>()

  /** `limit`: of each host; 0 keeps none. */
  constructor(limit: number) {
    this.#limit = limit
  }

  take(key: string): Session | undefined {
    const list = this.#byKey.get(key)
    const last = list?.at(-1)
    if (last?.once === true) list!.pop()
    return last
  }

  keep(key: string, session: Session): void {
    if (this.#limit <= 0) return
    let list = this.#byKey.get(key)
    if (list === undefined) {
      if (this.#byKey.size >= KEYS) this.#byKey.delete(this.#byKey.keys().next().value!)
      this.#byKey.set(key, (list = []))
    }
    if (list.push(session) > this.#limit) list.shift()
  }

  /** As when certificates or authorities changed. */
  clear(): void {
    this.#byKey.clear()
  }
}
