import type { HeaderMap, RequestHeaders, ResponseHeaders } from './header-map.ts'
import { headerId } from './known.ts'

/** Marks a line of the received head as taken out. */
export const REMOVED = 255

/** The most header lines that a table holds as received (Envoy's own `max_headers_count` goes to 1000 and more). */
const NO_OFFSETS = new Int32Array(0)
const NO_IDS = new Uint8Array(0)

/**
 * A header map over a received head: the head as one Latin-1 string, and a table of offsets into it that the parser
 * filled. Values are cut out when they are asked for. A change marks or replaces single lines; the rest is forwarded
 * as it was received. Maps that were not received (local replies, HTTP/2) hold everything in `added`.
 *
 * The fields are for codecs, which fill and write them; everybody else uses `HeaderMap`.
 */
export class HeaderTable implements HeaderMap {
  /** The received head, start line included. */
  raw = ''
  /** Four numbers a line: name start, name end, value start, value end; offsets into `raw`. */
  offsets: Int32Array = NO_OFFSETS
  /** The number of the known header in each line, 0 for others, `REMOVED` for removed lines. */
  ids: Uint8Array = NO_IDS
  /** Lines in `raw`, the removed ones too. */
  count = 0
  /** Lines of `raw` that were removed. */
  removedCount = 0
  /** Values that stand in for received ones, by line. */
  replaced: (string | undefined)[] | undefined = undefined
  /** Which known headers the received lines held at first: bit `id & 31` of two words, made when first asked for. */
  #low = 0
  #high = 0
  #indexed = -1
  /** Lines that were added: name, value, name, value, … Names as they go on the wire. */
  added: string[] | undefined = undefined

  get size(): number {
    return this.count - this.removedCount + (this.added === undefined ? 0 : this.added.length >> 1)
  }

  get(name: string): string | undefined {
    const line = this.find(name, 0)
    if (line >= 0) return this.valueAt(line)
    const added = this.added
    if (added !== undefined) {
      for (let i = 0; i < added.length; i += 2) if (sameName(added[i]!, name)) return added[i + 1]
    }
    return undefined
  }

  getAll(name: string): readonly string[] {
    const values: string[] = []
    for (let line = this.find(name, 0); line >= 0; line = this.find(name, line + 1)) values.push(this.valueAt(line))
    const added = this.added
    if (added !== undefined) {
      for (let i = 0; i < added.length; i += 2) if (sameName(added[i]!, name)) values.push(added[i + 1]!)
    }
    return values
  }

  getJoined(name: string): string | undefined {
    let joined: string | undefined
    for (let line = this.find(name, 0); line >= 0; line = this.find(name, line + 1)) {
      const value = this.valueAt(line)
      joined = joined === undefined ? value : `${joined},${value}`
    }
    const added = this.added
    if (added !== undefined) {
      for (let i = 0; i < added.length; i += 2) {
        if (sameName(added[i]!, name)) joined = joined === undefined ? added[i + 1] : `${joined},${added[i + 1]}`
      }
    }
    return joined
  }

  has(name: string): boolean {
    return this.find(name, 0) >= 0 || this.#findAdded(name) >= 0
  }

  set(name: string, value: string): void {
    const line = this.find(name, 0)
    if (line < 0) {
      const at = this.#findAdded(name)
      if (at < 0) return this.append(name, value)
      this.added![at + 1] = value
      this.#removeAdded(name, at + 2)
      return
    }
    ;(this.replaced ??= [])[line] = value
    for (let more = this.find(name, line + 1); more >= 0; more = this.find(name, more + 1)) this.removeLine(more)
    this.#removeAdded(name, 0)
  }

  append(name: string, value: string): void {
    if (this.added === undefined) this.added = [name, value]
    else this.added.push(name, value)
  }

  remove(name: string): boolean {
    let removed = false
    for (let line = this.find(name, 0); line >= 0; line = this.find(name, line + 1)) {
      this.removeLine(line)
      removed = true
    }
    return this.#removeAdded(name, 0) || removed
  }

  forEach(visit: (name: string, value: string) => void): void {
    for (let line = 0; line < this.count; line++) {
      if (this.ids[line] !== REMOVED) visit(this.nameAt(line), this.valueAt(line))
    }
    const added = this.added
    if (added !== undefined) for (let i = 0; i < added.length; i += 2) visit(added[i]!, added[i + 1]!)
  }

  /** The value of a received line. */
  valueAt(line: number): string {
    const replaced = this.replaced
    if (replaced !== undefined) {
      const value = replaced[line]
      if (value !== undefined) return value
    }
    const at = line << 2
    return this.raw.slice(this.offsets[at + 2], this.offsets[at + 3])
  }

  /** The name of a received line, in its own case. */
  nameAt(line: number): string {
    const at = line << 2
    return this.raw.slice(this.offsets[at], this.offsets[at + 1])
  }

  /** Takes a received line out. */
  removeLine(line: number): void {
    this.ids[line] = REMOVED
    this.removedCount++
  }

  /** The first received line at or after `from` with this lower-case name, or -1. */
  find(name: string, from: number): number {
    if (this.count === 0) return -1
    const id = headerId(name)
    return id !== 0 ? this.findId(id, from) : this.#findOther(name, from)
  }

  /** The first received line at or after `from` with this known header, or -1. Lines in `added` are not looked at. */
  findId(id: number, from: number): number {
    if (this.#indexed !== this.count) this.#index()
    if (id < 64 && ((id < 32 ? this.#low : this.#high) & (1 << (id & 31))) === 0) return -1
    const ids = this.ids
    for (let line = from; line < this.count; line++) if (ids[line] === id) return line
    return -1
  }

  /** Most look-ups are for headers that are not there: two words answer them without a walk. */
  #index(): void {
    let low = 0
    let high = 0
    const { ids, count } = this
    for (let line = 0; line < count; line++) {
      const id = ids[line]!
      if (id < 32) low |= 1 << id
      else if (id < 64) high |= 1 << (id & 31)
    }
    this.#low = low
    this.#high = high
    this.#indexed = count
  }

  #findOther(name: string, from: number): number {
    const { ids, offsets, raw } = this
    const length = name.length
    next: for (let line = from; line < this.count; line++) {
      if (ids[line] !== 0) continue
      const start = offsets[line << 2]!
      if (offsets[(line << 2) + 1]! - start !== length) continue
      for (let k = 0; k < length; k++) {
        const c = raw.charCodeAt(start + k)
        const want = name.charCodeAt(k)
        if (c !== want && !(c >= 65 && c <= 90 && c + 32 === want)) continue next
      }
      return line
    }
    return -1
  }

  #findAdded(name: string): number {
    const added = this.added
    if (added === undefined) return -1
    for (let i = 0; i < added.length; i += 2) if (sameName(added[i]!, name)) return i
    return -1
  }

  #removeAdded(name: string, from: number): boolean {
    const added = this.added
    if (added === undefined) return false
    let kept = from
    while (kept < added.length && !sameName(added[kept]!, name)) kept += 2
    // Almost always: writing `length`, even the same one, costs more than the walk.
    if (kept >= added.length) return false
    for (let i = kept + 2; i < added.length; i += 2) {
      if (sameName(added[i]!, name)) continue
      added[kept] = added[i]!
      added[kept + 1] = added[i + 1]!
      kept += 2
    }
    added.length = kept
    return true
  }
}

function sameName(wire: string, lower: string): boolean {
  return wire === lower || (wire.length === lower.length && wire.toLowerCase() === lower)
}

/** Request headers over a table. */
export class RequestHeaderTable extends HeaderTable implements RequestHeaders {
  method = ''
  path = ''
  authority = ''
  scheme = ''
  protocol = ''

  // `host` is another name of `:authority`, as in Envoy; a received Host line counts only while there is no authority.
  override get(name: string): string | undefined {
    return this.#isPseudo(name) ? pseudo(this.#pseudo(name)) : super.get(name)
  }
  override getAll(name: string): readonly string[] {
    if (!this.#isPseudo(name)) return super.getAll(name)
    const value = pseudo(this.#pseudo(name))
    return value === undefined ? [] : [value]
  }
  override getJoined(name: string): string | undefined {
    return this.#isPseudo(name) ? pseudo(this.#pseudo(name)) : super.getJoined(name)
  }
  override has(name: string): boolean {
    return this.#isPseudo(name) ? this.#pseudo(name) !== '' : super.has(name)
  }
  override set(name: string, value: string): void {
    if (!this.#isPseudo(name)) return super.set(name, value)
    if (name === ':path') this.path = value
    else if (name === ':authority' || name === 'host') this.authority = value
    else if (name === ':method') this.method = value
    else if (name === ':scheme') this.scheme = value
    else if (name === ':protocol') this.protocol = value
  }
  override append(name: string, value: string): void {
    if (this.#isPseudo(name)) this.set(name, value)
    else super.append(name, value)
  }
  override remove(name: string): boolean {
    if (!this.#isPseudo(name)) return super.remove(name)
    const had = this.#pseudo(name) !== ''
    this.set(name, '')
    return had
  }

  #isPseudo(name: string): boolean {
    return name.charCodeAt(0) === 58 || (name === 'host' && this.authority !== '')
  }

  #pseudo(name: string): string {
    switch (name) {
      case ':path':
        return this.path
      case ':authority':
      case 'host':
        return this.authority
      case ':method':
        return this.method
      case ':scheme':
        return this.scheme
      case ':protocol':
        return this.protocol
      default:
        return ''
    }
  }
}

/** Response headers over a table. A status that a filter removed, or made no number, is absent. */
export class ResponseHeaderTable extends HeaderTable implements ResponseHeaders {
  status = 0

  override get(name: string): string | undefined {
    return name === ':status' ? this.#statusText : super.get(name)
  }
  override getAll(name: string): readonly string[] {
    if (name !== ':status') return super.getAll(name)
    const value = this.#statusText
    return value === undefined ? [] : [value]
  }
  override getJoined(name: string): string | undefined {
    return name === ':status' ? this.#statusText : super.getJoined(name)
  }
  override has(name: string): boolean {
    return name === ':status' ? this.status > 0 : super.has(name)
  }
  override set(name: string, value: string): void {
    if (name === ':status') this.status = Number(value)
    else super.set(name, value)
  }
  override remove(name: string): boolean {
    if (name !== ':status') return super.remove(name)
    const had = this.status > 0
    this.status = 0
    return had
  }

  get #statusText(): string | undefined {
    return this.status > 0 ? String(this.status) : undefined
  }
}

function pseudo(value: string): string | undefined {
  return value === '' ? undefined : value
}

/** Headers from pairs, for tests, local replies and HTTP/2. Pseudo headers may be among them. */
export function requestHeaders(pairs: Iterable<readonly [string, string]>): RequestHeaderTable {
  const headers = new RequestHeaderTable()
  for (const [name, value] of pairs) headers.append(name, value)
  return headers
}

/** A response head with the given status and lines. */
export function responseHeaders(status: number, pairs: Iterable<readonly [string, string]> = []): ResponseHeaderTable {
  const headers = new ResponseHeaderTable()
  headers.status = status
  for (const [name, value] of pairs) headers.append(name, value)
  return headers
}
