import { decode, encode, type Message } from '@nuncio/config'
import { NuncioError, responseHeaders } from '@nuncio/core'
import type { SideRequest, SideResponse } from '@nuncio/filter-chain'
import { FilterBench, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { extAuthz } from '../index.ts'

export type Check = Message<'envoy.service.auth.v3.CheckResponse'>

/** A gRPC service, and nothing else. */
export const GRPC = 'grpc_service: { envoy_grpc: { cluster_name: authz } }'
/** What such a service answers. */
export function grpcResponse(check: Check | Uint8Array, grpcStatus = 0): SideResponse {
  const body = check instanceof Uint8Array ? check : encode('envoy.service.auth.v3.CheckResponse', check)
  return { status: 200, headers: responseHeaders(200, []), body, grpcStatus, grpcMessage: '' }
}

export interface Asked {
  readonly cluster: string
  readonly request: SideRequest
  readonly attributes: Message<'envoy.service.auth.v3.AttributeContext'>
}

/** A transcript, and what the service was asked. */
export interface Run extends Transcript {
  readonly asked: readonly Asked[]
  readonly problems: readonly string[]
  count(name: string): number
}

/** Runs a request past a service that answers so; the answer may be a failure to throw. */
export async function run(answer: SideResponse | Error, options: RunOptions = {}): Promise<Run> {
  const asked: Asked[] = []
  const bench = new FilterBench(extAuthz, {
    config: GRPC,
    ...options,
    fetch: async (cluster, request) => {
      const check =
        request.grpc === true ? decode('envoy.service.auth.v3.CheckRequest', request.body ?? new Uint8Array()) : {}
      asked.push({ cluster, request, attributes: check?.attributes ?? {} })
      if (answer instanceof Error) throw answer
      return await Promise.resolve(answer)
    },
  })
  const transcript = await bench.run(options.request)
  const count = (name: string): number => bench.stats.counter(`http.test.ext_authz.${name}`).value
  return Object.assign(transcript, { asked, problems: bench.problems, count })
}

/** A side call that has no answer. */
export function failure(kind: string): Error {
  return Object.assign(new NuncioError('ERR_NUNCIO_SIDE_CALL', kind), { failure: kind })
}
