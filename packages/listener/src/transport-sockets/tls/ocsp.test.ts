import type { Message } from '@nuncio/config'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority, inlineCertificate } from '@nuncio/tls/testing'
import { TlsHarness } from '../../testing/index.ts'

type Common = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>
type Context = Omit<Message<'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'>, 'common_tls_context'>

const authority = createAuthority('root')
const site = authority.issue({ commonName: 'site', dns: ['a.example', '*.wild.example'] })
const siteB = authority.issue({ commonName: 'site-b', dns: ['b.example'] })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(site)
})
afterEach(() => harness.close())

describe('OCSP', () => {
  const stapled = (response: Uint8Array): object => ({
    ...inlineCertificate(site),
    ocsp_staple: { inline_bytes: response },
  })
  const good = authority.ocsp(site)
  const old = authority.ocsp(site, { thisUpdate: Date.UTC(2020, 0, 1), nextUpdate: Date.UTC(2020, 0, 2) })

  test.each([
    ['LENIENT_STAPLING', good, 'ocsp_staple_responses', 'hello'],
    ['LENIENT_STAPLING', old, 'ocsp_staple_omitted', 'hello'],
    ['STRICT_STAPLING', good, 'ocsp_staple_responses', 'hello'],
    ['STRICT_STAPLING', old, 'ocsp_staple_failed', ''],
    ['MUST_STAPLE', good, 'ocsp_staple_responses', 'hello'],
    ['MUST_STAPLE', old, 'ocsp_staple_failed', ''],
  ] as const)('%s (%#)', async (ocsp_staple_policy, response, counter, text) => {
    const listener = await harness.listenTls({ tls_certificates: [stapled(response)] }, { ocsp_staple_policy })
    const view = await harness.talkTls(listener, { requestOCSP: true })
    expect(view.text).toBe(text)
    expect(view.ocsp).toEqual(counter === 'ocsp_staple_responses' ? good : undefined)
    expect(harness.ssl(counter)).toBe(1)
    expect(harness.ssl('ocsp_staple_requests')).toBe(1)
    expect(await harness.talkTls(listener)).toMatchObject({ text: 'hello' })
  })

  test.each([
    [
      'one about another certificate',
      { tls_certificates: [stapled(authority.ocsp(siteB))] },
      {},
      'no OCSP response about the certificate',
    ],
    ['rubbish', { tls_certificates: [stapled(Buffer.from('rubbish'))] }, {}, 'no OCSP response about the certificate'],
    ['none where one must be', {}, { ocsp_staple_policy: 'MUST_STAPLE' }, 'MUST_STAPLE needs an OCSP response'],
  ] as [string, Common, Context, string][])('%s is refused', (_, common, context, message) => {
    expect(harness.refusal(common, context)).toContain(message)
  })
})
