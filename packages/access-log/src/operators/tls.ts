import type { PeerCertificate, TlsInfo } from '@nuncio/core'
import { compileTimeFormat } from '../format/strftime.ts'
import type { FormatContext } from '../context.ts'
import { nameOf, type OperatorDefinition, type OperatorTable, textOf, withArgs } from './definition.ts'

type TlsOf = (context: FormatContext) => TlsInfo | undefined
type CertificateOf = (context: FormatContext) => PeerCertificate | undefined

const downstream: TlsOf = (context) => context.info.connection.tls
const upstream: TlsOf = (context) => context.info.upstreamTls
const downstreamPeer: CertificateOf = (context) => downstream(context)?.peer
const upstreamPeer: CertificateOf = (context) => upstream(context)?.peer

/** Operators about TLS sessions and certificates of both sides. */
export const tlsOperators: OperatorTable = {
  ...session('DOWNSTREAM', downstream),
  ...session('UPSTREAM', upstream),
  ...names('DOWNSTREAM_LOCAL', (context) => downstream(context)?.local),
  ...names('DOWNSTREAM_PEER', downstreamPeer),
  ...names('UPSTREAM_LOCAL', (context) => upstream(context)?.local),
  ...names('UPSTREAM_PEER', upstreamPeer),
  ...subjectAndEmail('DOWNSTREAM_LOCAL', (context) => downstream(context)?.local),
  ...subjectAndEmail('DOWNSTREAM_PEER', downstreamPeer),
  ...peer('DOWNSTREAM', downstreamPeer),
  ...peer('UPSTREAM', upstreamPeer),
  DOWNSTREAM_PEER_FINGERPRINT_256: textOf((context) => downstreamPeer(context)?.sha256),
  DOWNSTREAM_PEER_FINGERPRINT_1: textOf((context) => downstreamPeer(context)?.sha1),
  DOWNSTREAM_PEER_SERIAL: textOf((context) => downstreamPeer(context)?.serial),
  DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256: chain((certificate) => certificate.sha256),
  DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1: chain((certificate) => certificate.sha1),
  DOWNSTREAM_PEER_CHAIN_SERIALS: chain((certificate) => certificate.serial),
  DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256: textOf((context) => downstream(context)?.peerChain[1]?.sha256),
  DOWNSTREAM_PEER_ISSUER_SERIAL: textOf((context) => downstream(context)?.peerChain[1]?.serial),
  UPSTREAM_PEER_SUBJECT: nameOf((context) => upstreamPeer(context)?.subject),
  TLS_JA3_FINGERPRINT: textOf((context) => context.info.connection.ja3 || undefined),
  TLS_JA4_FINGERPRINT: textOf((context) => context.info.connection.ja4 || undefined),
  UPSTREAM_SERVER_NAME: textOf((context) => upstream(context)?.serverName),
}

function session(side: string, tls: TlsOf): OperatorTable {
  return {
    [`${side}_TLS_VERSION`]: textOf((context) => tls(context)?.version),
    [`${side}_TLS_CIPHER`]: textOf((context) => tls(context)?.cipher),
    [`${side}_TLS_GROUP`]: textOf((context) => tls(context)?.group),
    [`${side}_TLS_SESSION_ID`]: textOf((context) => tls(context)?.sessionId),
  }
}

function names(prefix: string, certificate: CertificateOf): OperatorTable {
  return {
    [`${prefix}_URI_SAN`]: nameOf((context) => certificate(context)?.uriSans.join(',')),
    [`${prefix}_DNS_SAN`]: nameOf((context) => certificate(context)?.dnsSans.join(',')),
    [`${prefix}_IP_SAN`]: nameOf((context) => certificate(context)?.ipSans.join(',')),
  }
}

function subjectAndEmail(prefix: string, certificate: CertificateOf): OperatorTable {
  return {
    [`${prefix}_SUBJECT`]: nameOf((context) => certificate(context)?.subject),
    [`${prefix}_EMAIL_SAN`]: nameOf((context) => certificate(context)?.emailSans.join(',')),
    [`${prefix}_OTHERNAME_SAN`]: nameOf((context) => certificate(context)?.otherNameSans.join(',')),
  }
}

function peer(side: string, certificate: CertificateOf): OperatorTable {
  return {
    [`${side}_PEER_ISSUER`]: nameOf((context) => certificate(context)?.issuer),
    [`${side}_PEER_CERT`]: textOf((context) => certificate(context)?.urlEncodedPem),
    [`${side}_PEER_CERT_V_START`]: validity((context) => certificate(context)?.validFromMs),
    [`${side}_PEER_CERT_V_END`]: validity((context) => certificate(context)?.validToMs),
  }
}

function chain(print: (certificate: PeerCertificate) => string): OperatorDefinition {
  return textOf((context) =>
    downstream(context)
      ?.peerChain.map((one) => print(one))
      .join(','),
  )
}

function validity(read: (context: FormatContext) => number | undefined): OperatorDefinition {
  return withArgs('optional', false, (args) => {
    const format = compileTimeFormat(args === '' ? '%Y-%m-%dT%H:%M:%E3SZ' : args)
    return (context) => {
      const at = read(context)
      return at === undefined ? undefined : format(at, 0)
    }
  })
}
