import { addressOperators } from './address.ts'
import type { OperatorDefinition } from './definition.ts'
import { celOperators } from './cel.ts'
import { coalesce } from './coalesce.ts'
import { endOperators } from './ends.ts'
import { grpcOperators } from './grpc-status.ts'
import { headerOperators } from './headers.ts'
import { metadataOperators } from './metadata.ts'
import { pathOperators } from './path.ts'
import { streamOperators } from './stream.ts'
import { timingOperators } from './timing.ts'
import { tlsOperators } from './tls.ts'
import { tryOperators } from './tries.ts'

/** Every operator that a format may use, by name. */
export const OPERATORS: ReadonlyMap<string, OperatorDefinition> = new Map(
  [
    headerOperators,
    pathOperators,
    streamOperators,
    timingOperators,
    addressOperators,
    tlsOperators,
    metadataOperators,
    grpcOperators,
    endOperators,
    tryOperators,
    celOperators,
    { COALESCE: coalesce },
  ].flatMap((table) => Object.entries(table)),
)

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['DOWNSTREAM_CX_RTT', 'Node does not tell the round-trip time of a TCP connection'],
  ['UPSTREAM_FILTER_STATE', 'upstream connections keep no filter state'],
])

/** Why nuncio does not have an operator of Envoy's; undefined for any other name. */
export function whyUnsupported(name: string): string | undefined {
  return UNSUPPORTED.get(name)
}
