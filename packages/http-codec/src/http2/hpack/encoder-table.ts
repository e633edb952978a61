import { ENTRY_OVERHEAD } from './field.ts'
import type { OutgoingName } from './outgoing-name.ts'
import { STATIC_ENTRIES } from './static-table.ts'

interface Entry {
  readonly name: OutgoingName
  readonly value: string
  /** Which insertion it was. */
  readonly number: number
  readonly size: number
  /** The one before it with the same name, as long as that is in the table. */
  older: Entry | undefined
}

/** How many values of a name are compared before it counts as not found. */
const MAX_COMPARED = 8

/** What the peer's decoder remembers of the fields that were sent, found by name and value. */
export class EncoderTable {
  readonly #known: (Entry | undefined)[] = []
  readonly #others = new Map<string, Entry>()
  readonly #entries: Entry[] = []
  /** Entries before this place are gone. */
  #oldest = 0
  #inserted = 0
  #size = 0
  #maxSize: number

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  get maxSize(): number {
    return this.#maxSize
  }
  set maxSize(maxSize: number) {
    this.#maxSize = maxSize
    this.#evict(maxSize)
  }

  /** The index of a field with this name and value, 0 when there is none. */
  find(name: OutgoingName, value: string): number {
    let entry = this.#newest(name)
    for (let i = 0; entry !== undefined && i < MAX_COMPARED; i++, entry = entry.older) {
      if (entry.value === value) return this.#index(entry)
    }
    return 0
  }

  /** The index of any field with this name, 0 when there is none. */
  findName(name: OutgoingName): number {
    const entry = this.#newest(name)
    return entry === undefined ? 0 : this.#index(entry)
  }

  /** As the peer does when it decodes the field. */
  add(name: OutgoingName, value: string): void {
    const size = name.text.length + value.length + ENTRY_OVERHEAD
    this.#evict(this.#maxSize - size)
    if (size > this.#maxSize) return
    const entry: Entry = { name, value, number: ++this.#inserted, size, older: this.#newest(name) }
    this.#entries.push(entry)
    this.#size += size
    this.#setNewest(name, entry)
  }

  #index(entry: Entry): number {
    return STATIC_ENTRIES + 1 + this.#inserted - entry.number
  }

  #newest(name: OutgoingName): Entry | undefined {
    return name.id > 0 ? this.#known[name.id] : this.#others.get(name.text)
  }

  #setNewest(name: OutgoingName, entry: Entry | undefined): void {
    if (name.id > 0) this.#known[name.id] = entry
    else if (entry === undefined) this.#others.delete(name.text)
    else this.#others.set(name.text, entry)
  }

  #evict(room: number): void {
    const entries = this.#entries
    while (this.#oldest < entries.length && this.#size > room) {
      const entry = entries[this.#oldest++]!
      this.#size -= entry.size
      this.#forget(entry)
    }
    if (this.#oldest > 64 && 2 * this.#oldest > entries.length) {
      entries.splice(0, this.#oldest)
      this.#oldest = 0
    }
  }

  #forget(entry: Entry): void {
    let newer = this.#newest(entry.name)
    if (newer === entry) return this.#setNewest(entry.name, undefined)
    while (newer !== undefined && newer.older !== entry) newer = newer.older
    if (newer !== undefined) newer.older = undefined
  }
}
