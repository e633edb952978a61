import { type CelLibrary, celLibrary } from '@nuncio/cel'
import { createRequire } from 'node:module'

/** Lets expressions be compiled at once: the library is read from disk when a configuration has the first one. */
export function provideCel(): void {
  const require = createRequire(import.meta.url)
  celLibrary.provide(() => ({
    cel: require('@bufbuild/cel') as CelLibrary['cel'],
    syntax: require('@bufbuild/cel-spec/cel/expr/syntax_pb.js') as CelLibrary['syntax'],
    protobuf: require('@bufbuild/protobuf') as CelLibrary['protobuf'],
    wkt: require('@bufbuild/protobuf/wkt') as CelLibrary['wkt'],
  }))
}
