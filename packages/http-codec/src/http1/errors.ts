/** The status that answers a malformed request, by its details. */
export function errorStatus(details: string): number {
  switch (details) {
    case 'low_version':
    case 'http1.unsupported_version':
      return 426
    case 'http1.headers_too_large':
    case 'http1.too_many_headers':
      return 431
    case 'http1.request_header_timeout':
      return 408
    case 'http1.invalid_transfer_encoding':
      return 501
    default:
      return 400
  }
}
