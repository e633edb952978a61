/** The key under which a route's metadata may list criteria to try one after the other. */
export const FALLBACK_LIST = 'fallback_list'

type Fields = Readonly<Record<string, unknown>>

/**
 * The metadata criteria of one pick, with their keys in order. One object for a balancer, filled anew by each pick:
 * filling allocates nothing once its list of keys has grown.
 */
export class Criteria {
  readonly keys: string[] = []
  count = 0
  #fields: Fields = {}

  /** Takes the fields of a request; `only` limits them to some keys. */
  fill(fields: Fields | undefined, only: readonly string[] | undefined): void {
    this.count = 0
    this.#fields = fields ?? {}
    for (const key in fields) {
      if (only !== undefined && !only.includes(key)) continue
      let at = this.count++
      for (; at > 0 && this.keys[at - 1]! > key; at--) this.keys[at] = this.keys[at - 1]!
      this.keys[at] = key
    }
  }

  has(key: string): boolean {
    for (let i = 0; i < this.count; i++) if (this.keys[i] === key) return true
    return false
  }

  /** Reduces the criteria to these sorted keys, all of which they have. */
  reduceTo(keys: readonly string[]): void {
    for (let i = 0; i < keys.length; i++) this.keys[i] = keys[i]!
    this.count = keys.length
  }

  /** The value of a key, in the form that equal values share. */
  valueOf(key: string): unknown {
    return comparable(this.#fields[key])
  }

  toString(): string {
    const parts = this.keys.slice(0, this.count).map((key) => `${key}=${JSON.stringify(this.#fields[key])}`)
    return parts.length === 0 ? 'none' : parts.join(', ')
  }
}

/** A value by which deeply equal ones are the same in a Map: itself, or a text for lists and structs. */
export function comparable(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? `\u0000${stableJson(value)}` : value
}

function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => stableJson(item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${stableJson(item)}`).join(',')}}`
}
