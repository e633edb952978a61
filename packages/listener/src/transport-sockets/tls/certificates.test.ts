import type { ConnectionOptions } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, inlineCertificate } from '@nuncio/tls/testing'
import { TlsHarness } from '../../testing/index.ts'

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })
const siteB = authority.issue({ commonName: 'site-b', dns: ['b.example'] })
const siteRsa = authority.issue({ commonName: 'site-rsa', dns: ['a.example'], key: 'rsa' })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(site)
})
afterEach(() => harness.close())

const INSPECT = {
  listener_filters: [
    { name: 'tls', typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' } },
  ],
}

describe('several certificates', () => {
  const all = { tls_certificates: [inlineCertificate(site), inlineCertificate(siteRsa), inlineCertificate(siteB)] }
  const RSA = { sigalgs: 'rsa_pss_rsae_sha256' }

  describe.each([
    ['with a look at the hello before', INSPECT],
    ['without', {}],
  ])('%s', (_, extra) => {
    test.each([
      ['b.example', {}, 'site-b'],
      ['B.EXAMPLE', {}, 'site-b'],
      ['a.example', {}, 'site'],
      ['a.example', RSA, 'site-rsa'],
      ['x.wild.example', {}, 'site'],
      ['nobody.example', {}, 'site'],
      ['', {}, 'site'],
      ['', RSA, 'site-rsa'],
    ] as [string, ConnectionOptions, string][])('"%s" %j gets %s', async (servername, options, subject) => {
      const listener = await harness.listenTls(all, {}, extra)
      expect(await harness.talkTls(listener, { servername, ...options })).toMatchObject({ text: 'hello', subject })
    })

    test('a name that nobody has gets the first, and another only when configured', async () => {
      const strict = await harness.listenTls(all, {}, extra)
      expect(await harness.talkTls(strict, { servername: 'nobody.example', ...RSA })).toMatchObject({
        error: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
      })
      const scanning = await harness.listenTls(all, { full_scan_certs_on_sni_mismatch: true }, extra)
      expect(await harness.talkTls(scanning, { servername: 'nobody.example', ...RSA })).toMatchObject({
        subject: 'site-rsa',
      })
    })
  })
})
