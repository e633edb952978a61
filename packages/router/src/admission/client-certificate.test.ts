import type { Message } from '@nuncio/config'
import { type PeerCertificate, requestHeaders, type TlsInfo } from '@nuncio/core'
import { expect, test } from 'vitest'
import { clientCertificateElement, clientCertificatePolicy } from './client-certificate.ts'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

const XFCC = 'x-forwarded-client-cert'

function certificate(parts: Partial<PeerCertificate>): PeerCertificate {
  return {
    subject: '',
    issuer: '',
    serial: '',
    sha256: '',
    sha1: '',
    uriSans: [],
    dnsSans: [],
    ipSans: [],
    emailSans: [],
    otherNameSans: [],
    urlEncodedPem: '',
    urlEncodedChain: '',
    validFromMs: 0,
    validToMs: 0,
    ...parts,
  }
}

function tls(peer: PeerCertificate | undefined): TlsInfo {
  return {
    version: 'TLSv1.3',
    cipher: '',
    group: '',
    alpn: '',
    serverName: '',
    sessionId: '',
    peer,
    peerChain: [],
    peerValidated: true,
    local: certificate({ uriSans: ['spiffe://mesh/front'] }),
  }
}

const CLIENT = certificate({
  subject: 'CN=client',
  sha256: 'abcd',
  uriSans: ['spiffe://mesh/client'],
  dnsSans: ['one.test', 'two.test'],
  urlEncodedPem: 'PEM',
  urlEncodedChain: 'CHAIN',
})
const OWN = 'By=spiffe://mesh/front;Hash=abcd'

test.each<[Config['forward_client_cert_details'], string | undefined, string | undefined]>([
  ['ALWAYS_FORWARD_ONLY', 'Hash=given', 'Hash=given'],
  ['FORWARD_ONLY', 'Hash=given', undefined],
  ['APPEND_FORWARD', `Hash=given,${OWN}`, undefined],
  ['SANITIZE_SET', OWN, undefined],
])('%s: with a certificate %s, without one %s', (mode, withCertificate, without) => {
  const policy = clientCertificatePolicy({ forward_client_cert_details: mode! })!
  for (const [peer, expected] of [
    [CLIENT, withCertificate],
    [undefined, without],
  ] as const) {
    const headers = requestHeaders([[XFCC, 'Hash=given']])
    policy.apply(headers, tls(peer))
    expect(headers.getJoined(XFCC)).toBe(expected)
  }
  const plain = requestHeaders([[XFCC, 'Hash=given']])
  policy.apply(plain, undefined)
  expect(plain.getJoined(XFCC)).toBe(without)
})

test('SANITIZE is the default and has no policy', () => {
  expect(clientCertificatePolicy({})).toBeUndefined()
})

test('an element has what was asked for, in a fixed order', () => {
  const all = { subject: true, cert: true, chain: true, dns: true, uri: true }
  expect(clientCertificateElement(tls(CLIENT), all)).toBe(
    `${OWN};Cert="PEM";Chain="CHAIN";Subject="CN=client";URI=spiffe://mesh/client;DNS=one.test;DNS=two.test`,
  )
  expect(clientCertificateElement(tls(certificate({})), all)).toBe('By=spiffe://mesh/front;Subject="";URI=')
})
