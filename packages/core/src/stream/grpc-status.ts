import type { HeaderMap } from '../headers/header-map.ts'

const FROM_HTTP: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}

/** The gRPC status that stands for an HTTP status, as gRPC's own mapping has it: 2 (UNKNOWN) for one that it leaves out. */
export function grpcStatusOf(httpStatus: number): number {
  return FROM_HTTP[httpStatus] ?? 2
}

/** The gRPC status of a response: in its trailers, else in its headers, else what its HTTP status stands for; -1 for one that is no number. */
export function responseGrpcStatus(
  httpStatus: number,
  headers: HeaderMap | undefined,
  trailers: HeaderMap | undefined,
): number | undefined {
  const text = trailers?.get('grpc-status') ?? headers?.get('grpc-status')
  if (text !== undefined) return /^\d{1,9}$/.test(text) ? Number(text) : -1
  return httpStatus === 0 ? undefined : grpcStatusOf(httpStatus)
}
