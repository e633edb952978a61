import type { Message } from '@nuncio/config'
import type { ConnectionOptions } from 'node:tls'
import type { Identity } from './certificates.ts'

/** A `tls_certificates` entry with inline PEM. */
export function inlineCertificate(
  identity: Identity,
): Message<'envoy.extensions.transport_sockets.tls.v3.TlsCertificate'> {
  return { certificate_chain: { inline_string: identity.chain }, private_key: { inline_string: identity.key } }
}

/** Options of a TLS client that shows a certificate. */
export function shows(identity: Identity): ConnectionOptions {
  return { cert: identity.chain, key: identity.key }
}
