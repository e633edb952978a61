import { type ClusterHost, createHost } from '@nuncio/cluster'
import { formatAddress } from '@nuncio/core'
import type { CachedHost } from '../../../dns-cache/dns-cache.ts'

interface Pinned {
  readonly key: string
  readonly host: ClusterHost
}

/**
 * Hosts of one address each, for requests whose address was saved before they come here: somebody may have judged it, so
 * they go there, and nowhere else that the name has moved to or has as well.
 */
export class PinnedHosts {
  readonly #byAddress = new Map<string, Pinned>()

  /** The host at a saved address; undefined: the name is not there any more. `onNew` is told of one that is new. */
  get(cached: CachedHost, address: string, onNew: (host: ClusterHost) => void): ClusterHost | undefined {
    const id = `${cached.key} ${address}`
    const known = this.#byAddress.get(id)
    if (known !== undefined) return known.host
    const { key, name, port } = cached
    const ip = cached.ips.find((one) => formatAddress({ address: one, port }) === address)
    if (ip === undefined) return undefined
    const host = createHost({ ip, port, hostname: name })
    this.#byAddress.set(id, { key, host })
    onNew(host)
    return host
  }

  /** Forgets the hosts that their names are not at any more, and answers them. */
  retain(cached: ReadonlyMap<string, CachedHost>): readonly ClusterHost[] {
    const gone: ClusterHost[] = []
    for (const [id, { key, host }] of this.#byAddress) {
      if (cached.get(key)?.ips.includes(host.ip) === true) continue
      this.#byAddress.delete(id)
      gone.push(host)
    }
    return gone
  }

  hosts(): readonly ClusterHost[] {
    return [...this.#byAddress.values()].map(({ host }) => host)
  }
}
