import { maskAddress } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { CidrTable, type ConfigPlace, wireText } from '@nuncio/matching'

type IpTags = Message<'envoy.extensions.filters.http.ip_tagging.v3.IPTagging'>['ip_tags']

/** Tags by address. */
export class TagTable {
  readonly #ranges = new CidrTable<readonly string[]>()

  /** `tags` by `address/length`, the address masked. */
  constructor(tags: ReadonlyMap<string, readonly string[]>) {
    for (const [range, names] of tags) {
      const slash = range.lastIndexOf('/')
      this.#ranges.add(range.slice(0, slash), Number(range.slice(slash + 1)), names)
    }
  }

  /** The tags of all ranges that hold an address, each once, those of the narrowest range first. */
  of(address: string): readonly string[] {
    const found = this.#ranges.getAll(address)
    return found.length < 2 ? (found[0] ?? NONE) : [...new Set(found.toReversed().flat())]
  }
}

const NONE: readonly string[] = []

/** Compiles `ip_tags` of the message at `place`. One range may have several tags. */
export function compileTags(ipTags: IpTags, place: ConfigPlace): TagTable {
  const tags = new Map<string, string[]>()
  const checked = new CidrTable<true>()
  ipTags?.forEach((tag, i) => {
    const at = place.item('ip_tags', i, tag)
    tag.ip_list?.forEach((range, k) => {
      const { address_prefix: address = '', prefix_len: length = 0 } = range
      if (!checked.add(address, length, true)) {
        at.item('ip_list', k, range).error('bad-value', `${address}/${length} is no range of addresses`)
        return
      }
      const key = maskAddress(address, length)
      const names = tags.get(key) ?? []
      const name = wireText(tag.ip_tag_name ?? '')
      if (!names.includes(name)) tags.set(key, [...names, name])
    })
  })
  return new TagTable(tags)
}
