import { lowerAscii, RadixTree, wireText } from '@nuncio/matching'
import type { CompiledVirtualHost } from './virtual-host.ts'

export type DomainKind = 'exact' | 'suffix' | 'prefix' | 'any'

/** One domain of a virtual host. */
export interface Domain {
  /** As written. */
  readonly text: string
  readonly kind: DomainKind
  readonly virtualHost: CompiledVirtualHost
  /** Its place in the virtual host's list. */
  readonly index: number
}

/** The kind of a domain; a `*` that is not at an end is an ordinary character. */
export function domainKind(text: string): DomainKind {
  if (text === '*') return 'any'
  return text.startsWith('*') ? 'suffix' : text.endsWith('*') ? 'prefix' : 'exact'
}

/** Finds the virtual host of a host name: exact, then the longest suffix, then the longest prefix, then `*`. */
export class HostTable {
  readonly domains: Domain[] = []
  readonly #exact = new Map<string, Domain>()
  readonly #suffixes = new RadixTree<Domain>({ reverse: true })
  readonly #prefixes = new RadixTree<Domain>()
  #any: Domain | undefined

  /** Adds a domain; false when it is there already. */
  add(domain: Domain): boolean {
    const text = lowerAscii(wireText(domain.text))
    const added = this.#addTo(domain, text)
    if (added) this.domains.push(domain)
    return added
  }

  #addTo(domain: Domain, text: string): boolean {
    switch (domain.kind) {
      case 'any':
        if (this.#any !== undefined) return false
        this.#any = domain
        return true
      case 'suffix':
        return this.#suffixes.set(text.slice(1), domain)
      case 'prefix':
        return this.#prefixes.set(text.slice(0, -1), domain)
      case 'exact':
        if (this.#exact.has(text)) return false
        this.#exact.set(text, domain)
        return true
    }
  }

  /** Whether there is nothing but `*`: then the host is not looked at. */
  get onlyAny(): boolean {
    return this.#exact.size === 0 && this.#suffixes.size === 0 && this.#prefixes.size === 0
  }

  /** The domain that wins for a host; undefined is a request without one. */
  find(host: string | undefined): Domain | undefined {
    if (this.onlyAny) return this.#any
    if (host === undefined) return undefined
    const name = lowerAscii(host)
    const exact = this.#exact.get(name)
    if (exact !== undefined) return exact
    // The `*` stands for at least one character.
    const { length } = name
    return (
      this.#suffixes.longest(name, length, length - 1) ?? this.#prefixes.longest(name, length, length - 1) ?? this.#any
    )
  }

  /** Whether a domain fits a host, whatever others do. */
  fits(domain: Domain, host: string): boolean {
    const name = lowerAscii(host)
    const text = lowerAscii(wireText(domain.text))
    if (domain.kind === 'exact') return name === text
    if (domain.kind === 'any') return true
    if (name.length < text.length) return false
    return domain.kind === 'suffix' ? name.endsWith(text.slice(1)) : name.startsWith(text.slice(0, -1))
  }
}
