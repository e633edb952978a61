import type { ClusterHost } from './cluster-host.ts'

/** The hosts of a registry by address; an address that is named more than once is a host for each naming. */
export class Members {
  /** What an address means to those who ask for it: the first host that it names. */
  readonly byAddress = new Map<string, ClusterHost>()
  /** By address and naming, from the second on. */
  readonly #repeats = new Map<string, ClusterHost>()

  /** `naming`: how many times the address was named before. */
  get(address: string, naming: number): ClusterHost | undefined {
    return naming === 0 ? this.byAddress.get(address) : this.#repeats.get(repeatKey(address, naming))
  }

  set(address: string, naming: number, host: ClusterHost): void {
    if (naming === 0) this.byAddress.set(address, host)
    else this.#repeats.set(repeatKey(address, naming), host)
  }

  /** Takes out every host that `leaves`, and answers them. */
  prune(leaves: (host: ClusterHost) => boolean): readonly ClusterHost[] {
    const gone: ClusterHost[] = []
    for (const hosts of [this.byAddress, this.#repeats]) {
      for (const [key, host] of hosts) {
        if (!leaves(host)) continue
        hosts.delete(key)
        gone.push(host)
      }
    }
    return gone
  }
}

const repeatKey = (address: string, naming: number): string => `${address}#${naming}`
