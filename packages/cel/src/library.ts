import type * as cel from '@bufbuild/cel'
import type * as syntax from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import type * as protobuf from '@bufbuild/protobuf'
import type * as wkt from '@bufbuild/protobuf/wkt'
import { Part, withParts } from '@nuncio/core'

/** The library of CEL and what it needs. It is large, and most configurations have no expression. */
export interface CelLibrary {
  readonly cel: typeof cel
  readonly syntax: typeof syntax
  readonly protobuf: typeof protobuf
  readonly wkt: typeof wkt
}

/**
 * Loaded with the first expression: compiling one throws `PartMissing` until it is there, unless it was provided
 * (servers do) or `loadCel` was awaited.
 */
export const celLibrary = new Part<CelLibrary>(async () => {
  const [one, two, three, four] = await Promise.all([
    import('@bufbuild/cel'),
    import('@bufbuild/cel-spec/cel/expr/syntax_pb.js'),
    import('@bufbuild/protobuf'),
    import('@bufbuild/protobuf/wkt'),
  ])
  return { cel: one, syntax: two, protobuf: three, wkt: four }
})

/** Settles when expressions can be compiled at once. */
export async function loadCel(): Promise<void> {
  await withParts(() => celLibrary.get())
}
