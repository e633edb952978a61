import { utf8Text } from '@nuncio/core'
import { draftLoadReport, type LoadReport, type LoadReportDraft } from './load-report.ts'

/** Reads an `xds.data.orca.v3.OrcaLoadReport` from its protobuf bytes; undefined when they are malformed. */
export function decodeLoadReport(bytes: Uint8Array): LoadReport | undefined {
  const report = draftLoadReport()
  const reader = new Reader(bytes)
  while (!reader.done) {
    const tag = reader.varint()
    if (!takeField(report, reader, tag >>> 3, tag & 7)) return undefined
  }
  return reader.failed ? undefined : report
}

function takeField(report: LoadReportDraft, reader: Reader, field: number, wire: number): boolean {
  const map =
    field === 4 ? report.requestCost : field === 5 ? report.utilization : field === 8 ? report.namedMetrics : undefined
  if (map !== undefined && wire === 2) return takeEntry(map, reader)
  if (wire === 1) {
    const value = reader.double()
    // A metric that is no usable number spoils the report, as it does in text.
    if (!Number.isFinite(value) || value < 0) return false
    if (field === 1) report.cpuUtilization = value
    else if (field === 2) report.memUtilization = value
    else if (field === 6) report.rps = value
    else if (field === 7) report.eps = value
    else if (field === 9) report.applicationUtilization = value
    return true
  }
  return reader.skip(wire)
}

function takeEntry(map: Record<string, number>, reader: Reader): boolean {
  const inner = reader.bytes()
  if (inner === undefined) return false
  const entry = new Reader(inner)
  let key = ''
  let value = 0
  while (!entry.done) {
    const tag = entry.varint()
    if (tag === 10) key = utf8Text(entry.bytes() ?? new Uint8Array(0))
    else if (tag === 17) value = entry.double()
    else if (!entry.skip(tag & 7)) return false
  }
  if (entry.failed || !Number.isFinite(value) || value < 0) return false
  map[key] = value
  return true
}

/** A cursor over protobuf bytes. Reading past the end sets `failed` and gives 0. */
class Reader {
  failed = false
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.failed || this.#at >= this.#bytes.length
  }

  /** The low 32 bits; tags and lengths fit. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) break
      if (shift < 32) value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
    this.failed = true
    return 0
  }

  double(): number {
    if (this.#at + 8 > this.#bytes.length) {
      this.failed = true
      return 0
    }
    this.#at += 8
    return this.#view.getFloat64(this.#at - 8, true)
  }

  bytes(): Uint8Array | undefined {
    const length = this.varint()
    if (this.failed || this.#at + length > this.#bytes.length) {
      this.failed = true
      return undefined
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  skip(wire: number): boolean {
    if (wire === 0) this.varint()
    else if (wire === 1) this.double()
    else if (wire === 2) this.bytes()
    else if (wire === 5) this.#at += 4
    else this.failed = true
    return !this.failed
  }
}
