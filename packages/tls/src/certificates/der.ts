/** One value of DER-encoded data. */
export interface DerValue {
  readonly tag: number
  /** Its contents, without tag and length. */
  readonly body: Buffer
  /** Tag, length and contents. */
  readonly whole: Buffer
}

/** Splits DER into the values that follow each other; undefined when it is malformed. Takes anything. */
export function derValues(data: Buffer): DerValue[] | undefined {
  const out: DerValue[] = []
  for (let at = 0; at < data.length;) {
    const value = derValue(data.subarray(at))
    if (value === undefined) return undefined
    out.push(value)
    at += value.whole.length
  }
  return out
}

/** The first value of DER-encoded data. */
export function derValue(data: Buffer): DerValue | undefined {
  const tag = data[0]
  const first = data[1]
  // Tags beyond 30 take more bytes; nothing that is read here has them.
  if (tag === undefined || first === undefined || (tag & 31) === 31) return undefined
  let length = first
  let start = 2
  if (first >= 128) {
    const bytes = first & 127
    if (bytes === 0 || bytes > 4 || data.length < 2 + bytes) return undefined
    length = data.readUIntBE(2, bytes)
    start += bytes
  }
  const end = start + length
  return end > data.length ? undefined : { tag, body: data.subarray(start, end), whole: data.subarray(0, end) }
}

/** The values inside a value with this tag (a sequence, unless said otherwise). */
export function derInside(value: DerValue | undefined, tag = 0x30): DerValue[] | undefined {
  return value?.tag === tag ? derValues(value.body) : undefined
}

/** An object identifier as text. */
export function derOid(value: DerValue | undefined): string {
  if (value?.tag !== 6 || value.body.length === 0) return ''
  const arcs: number[] = []
  let arc = 0
  for (const byte of value.body) {
    arc = arc * 128 + (byte & 127)
    if (byte >= 128) continue
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2))
    arcs.push(arcs.length === 1 ? arc - arcs[0]! * 40 : arc)
    arc = 0
  }
  return arcs.join('.')
}

/** A point in time (UTCTime or GeneralizedTime, with seconds and in UTC as RFC 5280 wants it); NaN otherwise. */
export function derTime(value: DerValue | undefined): number {
  const text = value?.body.toString('latin1') ?? ''
  const short = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  const long = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  const parts = (value?.tag === 0x17 ? short : value?.tag === 0x18 ? long : null)?.slice(1).map(Number)
  if (parts === undefined) return Number.NaN
  const [year = 0, month = 0, day, hour, minute, second] = parts
  return Date.UTC(value?.tag === 0x17 ? year + (year < 50 ? 2000 : 1900) : year, month - 1, day, hour, minute, second)
}
