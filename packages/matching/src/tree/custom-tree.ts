import { type AnyMessage, isMessage, type Message } from '@nuncio/config'
import { CidrTable } from '../cidr/cidr-table.ts'
import { badRange } from '../cidr/compile.ts'
import type { ConfigPlace } from '../place/config-place.ts'
import { RadixTree } from '../radix/radix-tree.ts'
import { lowerAscii, wireText } from '../text/text.ts'
import type { OnMatch, TreeBuilder, TreeLookup } from './match-tree.ts'

interface ExtensionConfig {
  readonly name?: string
  readonly typed_config?: AnyMessage
}

/** Compiles `custom_match` of a matcher tree: IP ranges or domains; a problem for others. */
export function compileCustomTree<D, A>(
  config: ExtensionConfig | undefined,
  place: ConfigPlace,
  builder: TreeBuilder<D, A>,
): TreeLookup<D, A> | undefined {
  const any = config?.typed_config
  const at = place.at('typed_config', any)
  if (isMessage(any, 'xds.type.matcher.v3.IPMatcher')) return new IpLookup(any, at, builder)
  if (isMessage(any, 'xds.type.matcher.v3.ServerNameMatcher')) return new DomainLookup(any, at, builder)
  place.error('unsupported', `the matcher ${JSON.stringify(any?.['@type'] ?? '')} is not supported here`)
  return undefined
}

interface IpEntry<D, A> {
  readonly onMatch: OnMatch<D, A>
  /** Wider ranges are not asked when the tree below this one finds nothing. */
  readonly exclusive: boolean
}

class IpLookup<D, A> implements TreeLookup<D, A> {
  readonly #table = new CidrTable<IpEntry<D, A>>()

  constructor(config: Message<'xds.type.matcher.v3.IPMatcher'>, place: ConfigPlace, builder: TreeBuilder<D, A>) {
    config.range_matchers?.forEach((matcher, i) => {
      const at = place.item('range_matchers', i, matcher)
      const entry = {
        onMatch: builder.onMatch(matcher.on_match ?? {}, at.at('on_match', matcher.on_match)),
        exclusive: matcher.exclusive === true,
      }
      matcher.ranges?.forEach((range, k) => {
        const { address_prefix: address = '', prefix_len: length = 0 } = range
        if (!this.#table.add(address, length, entry)) badRange(at.item('ranges', k, range), address, length)
      })
    })
  }

  find(value: string, visit: (found: OnMatch<D, A>) => boolean): void {
    const entries = this.#table.getAll(value)
    for (let i = entries.length - 1; i >= 0; i--) if (visit(entries[i]!.onMatch) || entries[i]!.exclusive) return
  }
  describe(): string {
    return 'the IP ranges'
  }
}

class DomainLookup<D, A> implements TreeLookup<D, A> {
  readonly #exact = new Map<string, OnMatch<D, A>>()
  readonly #suffixes = new RadixTree<OnMatch<D, A>>({ reverse: true })
  #any: OnMatch<D, A> | undefined

  constructor(
    config: Message<'xds.type.matcher.v3.ServerNameMatcher'>,
    place: ConfigPlace,
    builder: TreeBuilder<D, A>,
  ) {
    config.domain_matchers?.forEach((matcher, i) => {
      const at = place.item('domain_matchers', i, matcher)
      const onMatch = builder.onMatch(matcher.on_match ?? {}, at.at('on_match', matcher.on_match))
      matcher.domains?.forEach((domain, k) => {
        if (!this.#add(lowerAscii(wireText(domain)), onMatch)) {
          at.item('domains', k).error(
            'duplicate-domain',
            `the domain ${JSON.stringify(domain)} is listed already, or has a * inside`,
          )
        }
      })
    })
  }

  #add(domain: string, onMatch: OnMatch<D, A>): boolean {
    if (domain === '*') {
      const first = this.#any === undefined
      this.#any ??= onMatch
      return first
    }
    if (domain.startsWith('*.') && !domain.includes('*', 1)) return this.#suffixes.set(domain.slice(1), onMatch)
    if (domain.includes('*') || this.#exact.has(domain)) return false
    this.#exact.set(domain, onMatch)
    return true
  }

  find(value: string, visit: (found: OnMatch<D, A>) => boolean): void {
    const name = lowerAscii(value)
    const exact = this.#exact.get(name)
    if (exact !== undefined && visit(exact)) return
    // The `*` stands for at least one character.
    const found = this.#suffixes.all(name, name.length, name.length - 1)
    for (let i = found.length - 1; i >= 0; i--) if (visit(found[i]!)) return
    if (this.#any !== undefined) visit(this.#any)
  }
  describe(): string {
    return 'the domains'
  }
}
