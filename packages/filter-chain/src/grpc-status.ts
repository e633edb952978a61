/** The gRPC status that stands for an HTTP status, as gRPC's own mapping has it. */
export function grpcStatusOf(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return 13
    case 401:
      return 16
    case 403:
      return 7
    case 404:
      return 12
    case 429:
    case 502:
    case 503:
    case 504:
      return 14
    default:
      return 2
  }
}

/** Whether a content-type is gRPC's: `application/grpc`, or with `+` and a suffix. */
export function isGrpcContentType(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.startsWith('application/grpc')) return false
  return contentType.length === 16 || contentType.charCodeAt(16) === 43
}

const HEX = '0123456789ABCDEF'

/** Percent-encodes a gRPC message: what is not printable ASCII, and `%`. */
export function grpcMessage(latin1: string): string {
  let out = ''
  for (let i = 0; i < latin1.length; i++) {
    const c = latin1.charCodeAt(i)
    out += c >= 32 && c < 127 && c !== 37 ? latin1[i]! : `%${HEX[(c >> 4) & 15]!}${HEX[c & 15]!}`
  }
  return out
}
