import type { Message } from '@nuncio/config'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, inlineCertificate, shows } from '@nuncio/tls/testing'
import { answer, TlsHarness, tlsSocket } from '../../testing/index.ts'

type Common = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })
const siteB = authority.issue({ commonName: 'site-b', dns: ['b.example'] })
const client = authority.issue({ commonName: 'client', dns: ['client.example'] })
const deepClient = authority.issueAuthority('middle').issue({ commonName: 'deep' })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(site)
})
afterEach(() => harness.close())

describe('configuration', () => {
  const MARKER = 'MARKERSECRET'

  test.each([
    ['no certificate', { tls_certificates: [] }, 'a server needs a certificate'],
    [
      'no key',
      { tls_certificates: [{ certificate_chain: { inline_string: site.cert } }] },
      'the private key is missing',
    ],
    [
      'a key of another',
      {
        tls_certificates: [
          { certificate_chain: { inline_string: site.cert }, private_key: { inline_string: siteB.key } },
        ],
      },
      'does not belong to the certificate',
    ],
    [
      'a key that is none',
      {
        tls_certificates: [
          {
            certificate_chain: { inline_string: site.cert },
            private_key: { inline_string: `-----BEGIN PRIVATE KEY-----\n${MARKER}\n-----END PRIVATE KEY-----` },
          },
        ],
      },
      'no PEM private key',
    ],
    [
      'a certificate that is none',
      {
        tls_certificates: [{ certificate_chain: { inline_string: MARKER }, private_key: { inline_string: site.key } }],
      },
      'no PEM certificate',
    ],
    [
      'a file that is not there',
      {
        tls_certificates: [
          { certificate_chain: { filename: '/nowhere/a.crt' }, private_key: { inline_string: site.key } },
        ],
      },
      'cannot read /nowhere/a.crt: ENOENT',
    ],
    [
      'a variable that is not set',
      {
        tls_certificates: [
          {
            certificate_chain: { environment_variable: 'NUNCIO_TEST_NOT_SET' },
            private_key: { inline_string: site.key },
          },
        ],
      },
      'NUNCIO_TEST_NOT_SET is not set',
    ],
    [
      'PKCS #12 that is none',
      { tls_certificates: [{ pkcs12: { inline_string: MARKER }, password: { inline_string: MARKER } }] },
      'no PKCS #12 file',
    ],
    [
      'authorities that are none',
      { tls_certificates: [inlineCertificate(site)], validation_context: { trusted_ca: { inline_string: MARKER } } },
      'no PEM certificate in it',
    ],
    [
      'names without authorities',
      {
        tls_certificates: [inlineCertificate(site)],
        validation_context: { match_subject_alt_names: [{ exact: 'a' }] },
      },
      'without trusted_ca',
    ],
    [
      'a revocation list that is none',
      {
        tls_certificates: [inlineCertificate(site)],
        validation_context: { trusted_ca: { inline_string: authority.cert }, crl: { inline_string: MARKER } },
      },
      'no PEM revocation list',
    ],
    [
      'a secret that nobody has',
      { tls_certificates: [], tls_certificate_sds_secret_configs: [{ name: 'nobody' }] },
      'no static secret is called "nobody"',
    ],
    [
      'a secret from where none can be fetched',
      { tls_certificate_sds_secret_configs: [{ name: 'x', sds_config: { ads: {} } }] },
      'secrets cannot be fetched from there',
    ],
  ] as [string, Common, string][])('%s is refused without quoting it', (_, common, message) => {
    const told = harness.refusal(common)
    expect(told).toContain(message)
    expect(told).not.toContain(MARKER)
  })

  test('keys and certificates from the environment, with a password', async () => {
    process.env['NUNCIO_TEST_CERT'] = site.cert
    process.env['NUNCIO_TEST_KEY'] = site.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    })
    const listener = await harness.listenTls({
      tls_certificates: [
        {
          certificate_chain: { environment_variable: 'NUNCIO_TEST_CERT' },
          private_key: { environment_variable: 'NUNCIO_TEST_KEY' },
          password: { inline_string: 'open sesame\n' },
        },
      ],
    })
    expect(await harness.talkTls(listener)).toMatchObject({ text: 'hello', subject: 'site' })
  })

  test('static secrets', async () => {
    harness.secrets['cert'] = { name: 'cert', tls_certificate: inlineCertificate(siteB) }
    harness.secrets['ca'] = { name: 'ca', validation_context: { trusted_ca: { inline_string: authority.cert } } }
    const transport_socket = tlsSocket(
      {
        tls_certificate_sds_secret_configs: [{ name: 'cert' }],
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'client.example' } }],
          },
          validation_context_sds_secret_config: { name: 'ca' },
        },
      },
      { require_client_certificate: true },
    )
    const listener = await harness.listen({ filter_chains: [{ filters: [answer('hello')], transport_socket }] })
    expect(await harness.talkTls(listener, shows(client))).toMatchObject({ text: 'hello', subject: 'site-b' })
    expect(await harness.talkTls(listener, shows(deepClient))).toMatchObject({ text: '' })
    expect(harness.ssl('fail_verify_san')).toBe(1)
  })
})

afterAll(() => {
  delete process.env['NUNCIO_TEST_CERT']
  delete process.env['NUNCIO_TEST_KEY']
})
