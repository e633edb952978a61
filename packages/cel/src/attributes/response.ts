import { responseGrpcStatus, responseHeaderBytes } from '@nuncio/core'
import { type AttributeTable, between } from './attribute.ts'
import { headersAsMap, text } from './text.ts'

/** `response.*` */
export const responseAttributes: AttributeTable = {
  code: ({ info }) => (info.status === 0 ? undefined : BigInt(info.status)),
  code_details: ({ info }) => info.details && text(info.details),
  flags: ({ info }) => BigInt(info.flags >>> 0),
  grpc_status: ({ info, response, responseTrailers }) => {
    const status = responseGrpcStatus(info.status, response, responseTrailers)
    return status === undefined ? undefined : BigInt(status)
  },
  headers: ({ response }) => headersAsMap(response, [':status']),
  trailers: ({ responseTrailers }) => headersAsMap(responseTrailers, []),
  size: ({ info }) => BigInt(info.bytesSent),
  total_size: ({ info, response, responseTrailers }) =>
    BigInt(info.bytesSent + responseHeaderBytes(response) + responseHeaderBytes(responseTrailers)),
  backend_latency: ({ info }, make) => between(make, info.firstUpstreamTxMs, info.lastUpstreamRxMs),
}
