import { responseGrpcStatus } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import { fault, numberOf, type OperatorFault, type OperatorTable, type ValueOf, withArgs } from './definition.ts'

const CAMEL =
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'.split(
    ' ',
  )
const SNAKE =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  )

/** `%GRPC_STATUS(CAMEL_STRING)%` and `%GRPC_STATUS_NUMBER%`; missing for requests that are not gRPC. */
export const grpcOperators: OperatorTable = {
  GRPC_STATUS: withArgs('optional', false, named),
  GRPC_STATUS_NUMBER: numberOf((context) => (isGrpc(context) ? grpcStatus(context) : undefined)),
}

function named(args: string): ValueOf | OperatorFault {
  if (args === 'NUMBER') return (context) => (isGrpc(context) ? grpcStatus(context) : undefined)
  if (!['', 'CAMEL_STRING', 'SNAKE_STRING'].includes(args)) {
    return fault(`"${args}" is not CAMEL_STRING, SNAKE_STRING or NUMBER`)
  }
  const names = args === 'SNAKE_STRING' ? SNAKE : CAMEL
  return (context) => {
    const status = isGrpc(context) ? grpcStatus(context) : undefined
    return status === undefined ? undefined : (names[status] ?? String(status))
  }
}

/** Whether the request's content type is `application/grpc` or a kind of it. */
function isGrpc(context: FormatContext): boolean {
  const type = context.request?.get('content-type')
  return type !== undefined && /^application\/grpc(?:$|\+)/.test(type)
}

/** The status in trailers, else in headers, else what the HTTP status stands for; -1 for one that is no number. */
export function grpcStatus(context: FormatContext): number | undefined {
  return responseGrpcStatus(context.info.status, context.response, context.responseTrailers)
}
