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
