import { FakeTime } from '@nuncio/core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CertificateOptions, createAuthority, type Identity, shows } from '@nuncio/tls/testing'
import { TlsHarness } from '../../testing/index.ts'

const SPIFFE = 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig'
const red = createAuthority('red')
const blue = createAuthority('blue')
const below = red.issueAuthority('below')
const app = 'spiffe://red.test/app'

let harness: TlsHarness
beforeEach(() => {
  // Certificates of the test are those of today.
  const time = new FakeTime(0, Date.now())
  harness = new TlsHarness(createAuthority('root').issue({ commonName: 'site' }), { context: { time } })
})
afterEach(() => harness.close())

const domain = (name: string, { cert }: Identity): object => ({ name, trust_bundle: { inline_string: cert } })
const validator = (...trust_domains: object[]): object => ({
  custom_validator_config: { name: 'spiffe', typed_config: { '@type': SPIFFE, trust_domains } },
})
const BOTH = validator(domain('red.test', red), domain('blue.test', blue))
const svid = (uri: readonly string[], options: CertificateOptions = {}): Identity => red.issue({ uri, ...options })

async function heard(identity: Identity, more: object = {}): Promise<string> {
  const listener = await harness.listenTls(
    { validation_context: { ...BOTH, ...more } },
    { require_client_certificate: true },
  )
  return (await harness.talkTls(listener, shows(identity))).text
}

describe('SPIFFE: a workload', () => {
  test.each([
    ['of a trust domain, signed by its authority', svid([app])],
    ['of another trust domain, signed by that one’s', blue.issue({ uri: ['spiffe://blue.test/x'] })],
    ['signed by an authority below that of its trust domain', below.issue({ uri: [app] })],
  ])('%s is let in', async (_, identity) => {
    expect(await heard(identity)).toBe('hello')
  })

  test.each([
    ['signed by the authority of another trust domain', blue.issue({ uri: [app] })],
    ['of a trust domain that nobody knows', svid(['spiffe://green.test/app'])],
    ['whose first name is of another kind', svid(['http://x.test/a', app])],
    ['whose first name is of a trust domain that nobody knows', svid(['spiffe://green.test/app', app])],
    ['without a path', svid(['spiffe://red.test'])],
    ['in capital letters', svid(['spiffe://RED.test/app'])],
    ['without a name', svid([])],
    ['that may issue others', red.issueAuthority('ca', { uri: [app] })],
    ['of nobody’s authority', createAuthority('stranger').issue({ uri: [app] })],
    ['that has expired', svid([app], { notBefore: 0, notAfter: 1_000_000 })],
  ])('%s is refused', async (_, identity) => {
    expect(await heard(identity)).toBe('')
    expect(harness.ssl('fail_verify_error')).toBe(1)
  })

  test('that has expired is let in with allow_expired_certificate', async () => {
    const old = svid([app], { notBefore: 0, notAfter: 1_000_000 })
    expect(await heard(old, { allow_expired_certificate: true })).toBe('hello')
  })

  test('has a name that is looked at as well', async () => {
    const names = { match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: app } }] }
    expect(await heard(svid([app]), names)).toBe('hello')
    expect(await heard(svid(['spiffe://red.test/other']), names)).toBe('')
    expect(harness.ssl('fail_verify_san')).toBe(1)
  })
})

test.each([
  ['two bundles of one domain', validator(domain('a', red), domain('a', blue)), 'two bundles'],
  ['a domain without a bundle', validator({ name: 'a' }), 'needs a trust_bundle'],
  [
    'a bundle without certificates',
    validator({ name: 'a', trust_bundle: { inline_string: 'x' } }),
    'no PEM certificate',
  ],
  ['another validator', { custom_validator_config: { name: 'my.validator' } }, 'there is no validator my.validator'],
])('%s is refused', (_, validation_context, message) => {
  expect(harness.refusal({ validation_context })).toContain(message)
})

test('what means nothing beside the validator is told', async () => {
  const listener = await harness.listenTls({
    validation_context: { ...BOTH, trusted_ca: { inline_string: blue.cert } },
  })
  expect(listener.problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning conflict'])
  expect(await heard(svid([app]))).toBe('hello')
})
