import { formatAddress, type PeerCertificate, type SocketAddress, type TlsInfo } from '@nuncio/core'
import type { Attribute, AttributeTable } from './attribute.ts'

/** `connection.*` */
export const connectionAttributes: AttributeTable = {
  id: ({ info }, make) => make.uint(info.connection.id),
  mtls: ({ info }) => info.connection.tls?.peer !== undefined,
  requested_server_name: ({ info }) => info.connection.serverName,
  termination_details: ({ info }) => info.connection.terminationDetails || undefined,
  transport_failure_reason: ({ info }) => info.downstreamTransportFailure || undefined,
  ...tlsAttributes(({ info }) => info.connection.tls),
}

/** `source.*` */
export const sourceAttributes: AttributeTable = addressAttributes(({ info }) => info.remote)

/** `destination.*` */
export const destinationAttributes: AttributeTable = addressAttributes(({ info }) => info.connection.local)

type Subject = Parameters<Attribute>[0]

function addressAttributes(read: (subject: Subject) => SocketAddress): AttributeTable {
  return {
    address: (subject) => formatAddress(read(subject)),
    port: (subject) => BigInt(read(subject).port),
  }
}

/** What is known of TLS on either side of the proxy. */
export function tlsAttributes(read: (subject: Subject) => TlsInfo | undefined): AttributeTable {
  const peer = (subject: Subject): PeerCertificate | undefined => read(subject)?.peer
  const local = (subject: Subject): PeerCertificate | undefined => read(subject)?.local
  return {
    tls_version: (subject) => read(subject)?.version,
    subject_local_certificate: (subject) => local(subject)?.subject,
    subject_peer_certificate: (subject) => peer(subject)?.subject,
    uri_san_local_certificate: (subject) => local(subject)?.uriSans[0],
    uri_san_peer_certificate: (subject) => peer(subject)?.uriSans[0],
    dns_san_local_certificate: (subject) => local(subject)?.dnsSans[0],
    dns_san_peer_certificate: (subject) => peer(subject)?.dnsSans[0],
    sha256_peer_certificate_digest: (subject) => peer(subject)?.sha256,
  }
}
