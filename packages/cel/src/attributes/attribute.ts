import type { CelLibrary } from '../library.ts'
import type { CelSubject } from '../subject.ts'

/** An attribute as the library takes it; undefined: a stream does not have it, and asking for it is an error. */
export type Attribute = (subject: CelSubject, make: Maker) => unknown

/** The attributes of one root (`request`, …) by name. */
export type AttributeTable = Readonly<Record<string, Attribute>>

/** Makes the values of CEL that JavaScript has no form of. */
export class Maker {
  readonly #library: CelLibrary

  constructor(library: CelLibrary) {
    this.#library = library
  }

  uint(value: number): unknown {
    return this.#library.cel.celUint(BigInt(value))
  }

  /** `wallMs`: since 1970. */
  timestamp(wallMs: number): unknown {
    return this.#library.protobuf.create(this.#library.wkt.TimestampSchema, parts(wallMs))
  }

  duration(ms: number): unknown {
    return this.#library.protobuf.create(this.#library.wkt.DurationSchema, parts(ms))
  }
}

function parts(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000)
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1000) * 1000 }
}

/** The time between two moments of a stream; undefined while one of them has not come. */
export function between(make: Maker, fromMs: number, toMs: number): unknown {
  return fromMs < 0 || toMs < 0 ? undefined : make.duration(toMs - fromMs)
}
