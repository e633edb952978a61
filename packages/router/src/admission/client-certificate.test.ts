import type { Message } from '@nuncio/config'
import { connectionInfo, type PeerCertificate, requestHeaders, type TlsInfo } from '@nuncio/core'
import { strictPlace } from '@nuncio/matching'
import { expect, test } from 'vitest'
import { clientCertificateChoice, clientCertificateElement } from './client-certificate.ts'

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
/** The policy for a request with these headers. */
function policyFor(config: Config, headers: [string, string][] = []) {
  return clientCertificateChoice(config, strictPlace(config))!.policyFor(
    requestHeaders(headers),
    connectionInfo(),
    undefined,
  )
}
const OWN = 'By=spiffe://mesh/front;Hash=abcd'

test.each<[Config['forward_client_cert_details'], string | undefined, string | undefined]>([
  ['ALWAYS_FORWARD_ONLY', 'Hash=given', 'Hash=given'],
  ['FORWARD_ONLY', 'Hash=given', undefined],
  ['APPEND_FORWARD', `Hash=given,${OWN}`, undefined],
  ['SANITIZE_SET', OWN, undefined],
])('%s: with a certificate %s, without one %s', (mode, withCertificate, without) => {
  const policy = policyFor({ forward_client_cert_details: mode! })
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
  expect(clientCertificateChoice({}, strictPlace({}))).toBeUndefined()
})

test('a matcher chooses for each request, and the rest is for those that it does not know', () => {
  const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
  const input = { name: 'i', typed_config: { '@type': 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput', header_name: 'x-from' } } // prettier-ignore
  const rule = (fields: Config) => ({ action: { name: 'a', typed_config: { '@type': `${HCM}.ForwardClientCertConfig`, ...fields } } }) // prettier-ignore
  const map = {
    mesh: rule({ forward_client_cert_details: 'APPEND_FORWARD', set_current_client_cert_details: { dns: true } }),
    edge: rule({}),
  }
  const config: Config = {
    forward_client_cert_details: 'FORWARD_ONLY',
    forward_client_cert_matcher: { matcher_tree: { input, exact_match_map: { map } } },
  }
  const outcome = (from: string): string | undefined => {
    const headers = requestHeaders([[XFCC, 'Hash=given']])
    policyFor(config, [['x-from', from]]).apply(headers, tls(CLIENT))
    return headers.getJoined(XFCC)
  }
  expect(outcome('mesh')).toBe(`Hash=given,${OWN};DNS=one.test;DNS=two.test`)
  expect(outcome('edge')).toBeUndefined()
  expect(outcome('elsewhere')).toBe('Hash=given')
  const wrong = { ...config, forward_client_cert_matcher: { on_no_match: { action: { name: 'a', typed_config: { '@type': 'other' } } } } } // prettier-ignore
  expect(() => policyFor(wrong)).toThrow('"other" says nothing of client certificates')
})

test('an element has what was asked for, in a fixed order', () => {
  const all = { subject: true, cert: true, chain: true, dns: true, uri: true }
  expect(clientCertificateElement(tls(CLIENT), all)).toBe(
    `${OWN};Cert="PEM";Chain="CHAIN";Subject="CN=client";URI=spiffe://mesh/client;DNS=one.test;DNS=two.test`,
  )
  expect(clientCertificateElement(tls(certificate({})), all)).toBe('By=spiffe://mesh/front;Subject="";URI=')
})
