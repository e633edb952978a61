import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, type Identity, selfSigned, shows } from '@nuncio/tls/testing'
import { TlsHarness, until } from '../../testing/index.ts'

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })
const middle = authority.issueAuthority('middle')
const other = createAuthority('other')
const client = authority.issue({
  commonName: 'client',
  uri: ['spiffe://td/client'],
  dns: ['client.example', '*.apps.example'],
  email: ['c@example'],
  ip: ['10.0.0.1'],
  other: [['1.2.3.4', 'one']],
})
const deepClient = middle.issue({ commonName: 'deep' })
const expired = authority.issue({ commonName: 'expired', notBefore: Date.now() - 8e8, notAfter: Date.now() - 4e8 })
const future = authority.issue({ commonName: 'future', notBefore: Date.now() + 4e8, notAfter: Date.now() + 8e8 })
const expiredStranger = other.issue({ commonName: 'stranger', notBefore: Date.now() - 8e8, notAfter: Date.now() - 4e8 })
const stranger = other.issue({ commonName: 'stranger' })
const lone = selfSigned({ commonName: 'lone' })
const serverOnly = authority.issue({ commonName: 'server-only', usage: ['server'] })
const nul = authority.issue({ commonName: 'nul', dns: ['client.example\0.evil.example'] })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(site)
})
afterEach(() => harness.close())

describe('client certificates', () => {
  const ca = { trusted_ca: { inline_string: authority.cert } }
  const san = (san_type: string, matcher: object, oid = ''): object => ({
    ...ca,
    match_typed_subject_alt_names: [{ san_type, matcher, ...(oid && { oid }) }],
  })
  const sha256 = (bytes: Uint8Array, form: 'hex' | 'base64'): string => createHash('sha256').update(bytes).digest(form)
  const spki = sha256(client.x509.publicKey.export({ type: 'spki', format: 'der' }), 'base64')
  const hash = sha256(client.der, 'hex')
  const REQUIRED = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'

  const rows: [
    title: string,
    validation: object,
    required: boolean,
    identity: Identity | undefined,
    outcome: string,
  ][] = [
    ['none, none asked for', {}, false, undefined, 'ok'],
    ['none, but one may be shown', ca, false, undefined, 'ok'],
    ['none, but one is required', ca, true, undefined, 'fail_verify_no_cert'],
    ['a good one', ca, true, client, 'validated'],
    ['a good one through another authority', ca, true, deepClient, 'validated'],
    ['one of a stranger', ca, false, stranger, 'fail_verify_error'],
    ['a self-signed one', ca, true, lone, 'fail_verify_error'],
    ['an expired one', ca, true, expired, 'fail_verify_error'],
    ['one from the future', ca, true, future, 'fail_verify_error'],
    ['one that is not for clients', ca, true, serverOnly, 'fail_verify_error'],
    [
      'one that is trusted itself, whoever issued it',
      { trusted_ca: { inline_string: client.cert } },
      true,
      client,
      'validated',
    ],
    [
      'an authority below the root is enough',
      { trusted_ca: { inline_string: middle.cert } },
      true,
      deepClient,
      'validated',
    ],
    ['expired ones allowed', { ...ca, allow_expired_certificate: true }, true, expired, 'validated'],
    [
      'expired ones allowed, not those of strangers',
      { ...ca, allow_expired_certificate: true },
      true,
      expiredStranger,
      'fail_verify_error',
    ],
    [
      'expired ones allowed, and those of the future',
      { ...ca, allow_expired_certificate: true },
      true,
      future,
      'validated',
    ],
    ['untrusted ones accepted', { ...ca, trust_chain_verification: 'ACCEPT_UNTRUSTED' }, true, stranger, 'ok'],
    ['a DNS name', san('DNS', { exact: 'client.example' }), false, client, 'validated'],
    ['a DNS name in other case', san('DNS', { exact: 'CLIENT.example' }), false, client, 'validated'],
    ['a wildcard of the certificate', san('DNS', { exact: 'x.apps.example' }), false, client, 'validated'],
    ['a wildcard is one label', san('DNS', { exact: 'x.y.apps.example' }), false, client, 'fail_verify_san'],
    ['a name with a NUL matches nothing', san('DNS', { prefix: 'client.example' }), false, nul, 'fail_verify_san'],
    ['a URI', san('URI', { prefix: 'spiffe://td/' }), false, client, 'validated'],
    ['another URI', san('URI', { prefix: 'spiffe://other/' }), false, client, 'fail_verify_san'],
    ['a URI by regex', san('URI', { safe_regex: { regex: 'spiffe://td/[a-z]+' } }), false, client, 'validated'],
    ['a URI is no DNS name', san('DNS', { prefix: 'spiffe' }), false, client, 'fail_verify_san'],
    ['an email address', san('EMAIL', { exact: 'c@example' }), false, client, 'validated'],
    ['an IP address', san('IP_ADDRESS', { exact: '10.0.0.1' }), false, client, 'validated'],
    ['another name', san('OTHER_NAME', { exact: 'one' }, '1.2.3.4'), false, client, 'validated'],
    ['another name of another kind', san('OTHER_NAME', { exact: 'one' }, '1.2.3.5'), false, client, 'fail_verify_san'],
    [
      'the older form of names',
      { ...ca, match_subject_alt_names: [{ exact: 'nope' }, { suffix: 'td/client' }] },
      false,
      client,
      'validated',
    ],
    [
      'names asked for, no certificate',
      san('DNS', { exact: 'client.example' }),
      false,
      undefined,
      'fail_verify_no_cert',
    ],
    [
      'a name that fits and a stranger',
      san('DNS', { exact: 'client.example' }),
      false,
      other.issue({ dns: ['client.example'] }),
      'fail_verify_error',
    ],
    ['a pin', { verify_certificate_hash: [hash] }, false, client, 'ok'],
    ['a pin as OpenSSL prints it', { verify_certificate_hash: [client.x509.fingerprint256] }, false, client, 'ok'],
    ['another pin', { verify_certificate_hash: ['0'.repeat(64)] }, false, client, 'fail_verify_cert_hash'],
    ['a pin and no certificate', { verify_certificate_hash: [hash] }, false, undefined, 'fail_verify_no_cert'],
    ['a pinned key', { verify_certificate_spki: [spki] }, false, client, 'ok'],
    [
      'one of two pins is enough',
      { verify_certificate_hash: ['0'.repeat(64)], verify_certificate_spki: [spki] },
      false,
      client,
      'ok',
    ],
    [
      'a pin does not make up for a stranger',
      { ...ca, verify_certificate_hash: [sha256(stranger.der, 'hex')] },
      false,
      stranger,
      'fail_verify_error',
    ],
    ['not revoked', { ...ca, crl: { inline_string: authority.revoke(site) } }, true, client, 'validated'],
    ['revoked', { ...ca, crl: { inline_string: authority.revoke(client) } }, true, client, 'fail_verify_error'],
    [
      'no list of an authority between',
      { ...ca, crl: { inline_string: authority.revoke() } },
      true,
      deepClient,
      'fail_verify_error',
    ],
    [
      'lists of all authorities',
      { ...ca, crl: { inline_string: authority.revoke() + middle.revoke() } },
      true,
      deepClient,
      'validated',
    ],
  ]

  test.each(rows)('%s', async (_, validation, required, identity, outcome) => {
    const listener = await harness.listenTls(
      Object.keys(validation).length > 0 ? { validation_context: validation } : {},
      {
        require_client_certificate: required,
      },
    )
    const view = await harness.talkTls(listener, identity && shows(identity))
    const ok = outcome === 'ok' || outcome === 'validated'
    expect(view.text).toBe(ok ? 'hello' : '')
    expect(harness.accepted.map((connection) => connection.info.tls!.peerValidated)).toEqual(
      ok ? [outcome === 'validated'] : [],
    )
    expect(ok ? 1 : harness.ssl(outcome)).toBe(1)
    expect(harness.ssl('handshake')).toBe(ok ? 1 : 0)
    await until(() => listener.connectionCount === 0)
  })

  test('a required one that is missing is told to the client in TLS', async () => {
    const listener = await harness.listenTls({ validation_context: ca }, { require_client_certificate: true })
    expect(await harness.talkTls(listener)).toMatchObject({ error: REQUIRED })
    expect(await harness.talkTls(listener, { maxVersion: 'TLSv1.2' })).toMatchObject({
      error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
    })
    expect(harness.ssl('fail_verify_no_cert')).toBe(2)
  })

  test('the chain that the client sent can be passed on', async () => {
    const listener = await harness.listenTls({ validation_context: ca }, { require_client_certificate: true })
    await harness.talkTls(listener, shows(deepClient))
    const peer = harness.accepted[0]!.info.tls!.peer!
    expect(peer.subject).toBe('CN=deep')
    expect(decodeURIComponent(peer.urlEncodedChain)).toContain(deepClient.cert + middle.cert)
  })

  test('a session is resumed with the certificate that it was made with', async () => {
    const listener = await harness.listenTls({ validation_context: ca }, { require_client_certificate: true })
    const { session } = await harness.talkTls(listener, shows(client))
    expect(await harness.talkTls(listener, { session: session! })).toMatchObject({ reused: true, text: 'hello' })
    expect(harness.accepted[1]!.info.tls!.peer!.subject).toBe('CN=client')
    expect(harness.ssl('session_reused')).toBe(1)
  })
})
