/** Numbers that BoringSSL gives to reasons of its SSL library; Envoy prints them in front of the text. */
const REASONS: Readonly<Record<string, number>> = {
  BAD_SIGNATURE: 105,
  CERTIFICATE_VERIFY_FAILED: 125,
  DECODE_ERROR: 137,
  HTTP_REQUEST: 157,
  HTTPS_PROXY_REQUEST: 158,
  UNEXPECTED_MESSAGE: 225,
  UNSUPPORTED_PROTOCOL: 240,
  WRONG_VERSION_NUMBER: 247,
  WRONG_SIGNATURE_TYPE: 245,
  KEY_USAGE_BIT_INCORRECT: 302,
  SSLV3_ALERT_CLOSE_NOTIFY: 1000,
  SSLV3_ALERT_UNEXPECTED_MESSAGE: 1010,
  SSLV3_ALERT_BAD_RECORD_MAC: 1020,
  SSLV3_ALERT_HANDSHAKE_FAILURE: 1040,
  SSLV3_ALERT_NO_CERTIFICATE: 1041,
  SSLV3_ALERT_BAD_CERTIFICATE: 1042,
  SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 1043,
  SSLV3_ALERT_CERTIFICATE_REVOKED: 1044,
  SSLV3_ALERT_CERTIFICATE_EXPIRED: 1045,
  SSLV3_ALERT_CERTIFICATE_UNKNOWN: 1046,
  SSLV3_ALERT_ILLEGAL_PARAMETER: 1047,
  TLSV1_ALERT_UNKNOWN_CA: 1048,
  TLSV1_ALERT_ACCESS_DENIED: 1049,
  TLSV1_ALERT_DECODE_ERROR: 1050,
  TLSV1_ALERT_DECRYPT_ERROR: 1051,
  TLSV1_ALERT_PROTOCOL_VERSION: 1070,
  TLSV1_ALERT_INSUFFICIENT_SECURITY: 1071,
  TLSV1_ALERT_INTERNAL_ERROR: 1080,
  TLSV1_ALERT_UNRECOGNIZED_NAME: 1112,
  TLSV1_ALERT_CERTIFICATE_REQUIRED: 1116,
  TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 1120,
}

/** Names that OpenSSL and BoringSSL spell differently. */
const SPELLING: Readonly<Record<string, string>> = {
  TLSV13_ALERT_CERTIFICATE_REQUIRED: 'TLSV1_ALERT_CERTIFICATE_REQUIRED',
  TLSV1_UNRECOGNIZED_NAME: 'TLSV1_ALERT_UNRECOGNIZED_NAME',
  SSL_TLSV1_UNRECOGNIZED_NAME: 'TLSV1_ALERT_UNRECOGNIZED_NAME',
  PACKET_LENGTH_TOO_LONG: 'WRONG_VERSION_NUMBER',
}

/** Errors of BoringSSL's library number 16, which is SSL. */
const SSL_LIBRARY = 16 * 2 ** 24

/** `TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:…:TLS_error_end`, as Envoy prints it. */
export function tlsErrorText(reason: string, more = ''): string {
  const name = SPELLING[reason] ?? reason
  const code = REASONS[name]
  const number = code === undefined ? '' : `${SSL_LIBRARY + code}:`
  return `TLS_error:|${number}SSL routines:OPENSSL_internal:${name}${more === '' ? '' : `:${more}`}:TLS_error_end`
}

/** The text for an error of Node's TLS; undefined for one that did not come from TLS. */
export function tlsFailureText(error: NodeJS.ErrnoException & { readonly reason?: string }): string | undefined {
  const code = error.code ?? ''
  const named = /^ERR_SSL_(.+)$/.exec(code)
  if (named !== null) return tlsErrorText(named[1]!.replace('SSL/TLS_ALERT', 'SSLV3_ALERT').replace(/^SSL_/, ''))
  if (error.reason !== undefined) return tlsErrorText(error.reason.toUpperCase().replaceAll(' ', '_'))
  return undefined
}

/** The text for a certificate that was refused. */
export function verifyFailureText(why: string): string {
  return tlsErrorText('CERTIFICATE_VERIFY_FAILED', `verify cert failed: ${why}`)
}
