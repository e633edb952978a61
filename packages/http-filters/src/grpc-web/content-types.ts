export const GRPC = 'application/grpc'
export const WEB_PROTO = 'application/grpc-web+proto'
export const WEB_TEXT_PROTO = 'application/grpc-web-text+proto'

const TEXT: ReadonlySet<string> = new Set(['application/grpc-web-text', WEB_TEXT_PROTO])
const WEB: ReadonlySet<string> = new Set(['application/grpc-web', WEB_PROTO, ...TEXT])

/** Whether a request with this content-type is gRPC-Web. */
export function isGrpcWeb(contentType: string | undefined): boolean {
  return contentType !== undefined && WEB.has(contentType)
}

/** Whether a content-type (or what a client accepts) is gRPC-Web in base64. */
export function isGrpcWebText(contentType: string | undefined): boolean {
  return contentType !== undefined && TEXT.has(contentType)
}

/** Whether a response is gRPC-Web already. */
export function isBinaryGrpcWeb(contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]!.trimEnd().toLowerCase()
  return type === 'application/grpc-web' || type === WEB_PROTO
}
