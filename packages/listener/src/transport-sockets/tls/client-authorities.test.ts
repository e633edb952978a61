import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuthority, shows } from '@nuncio/tls/testing'
import { TlsHarness, tlsTalk } from '../../testing/index.ts'

const clients = createAuthority('authority-of-clients')
const client = clients.issue({ commonName: 'client' })
const stranger = createAuthority('other').issue({ commonName: 'stranger' })

let harness: TlsHarness
beforeEach(() => {
  harness = new TlsHarness(createAuthority('root').issue({ commonName: 'site' }))
})
afterEach(() => harness.close())

/** What a server says in a handshake of TLS 1.2, where all of it can be read on the wire. */
async function wordsOfServer(suppressed: boolean | undefined): Promise<{ heard: string; text: string }> {
  const listener = await harness.listenTls(
    {
      validation_context: {
        trusted_ca: { inline_string: clients.cert },
        ...(suppressed !== undefined && { suppress_client_ca_list: suppressed }),
      },
    },
    { require_client_certificate: true },
  )
  let heard = ''
  const relay = createServer((socket) => {
    const onward = connect(listener.addresses[0]!.port, listener.addresses[0]!.address)
    onward.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
    socket
      .on('error', () => onward.destroy())
      .pipe(onward)
      .on('error', () => socket.destroy())
      .pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const at = relay.address() as AddressInfo
  const { text } = await tlsTalk(at, { maxVersion: 'TLSv1.2', ...shows(client) })
  relay.close()
  return { heard, text }
}

test.each([undefined, false])(
  'clients are told which authorities are trusted (suppress_client_ca_list: %s)',
  async (suppressed) => {
    const { heard, text } = await wordsOfServer(suppressed)
    expect(text).toBe('hello')
    expect(heard).toContain('authority-of-clients')
  },
)

test('suppress_client_ca_list keeps the names of the authorities from clients, and trusts these alone', async () => {
  const { heard, text } = await wordsOfServer(true)
  expect(text).toBe('hello')
  expect(heard).not.toContain('authority-of-clients')
})

test('with suppress_client_ca_list strangers and the revoked are refused all the same', async () => {
  const revoked = clients.issue({ commonName: 'revoked' })
  const listener = await harness.listenTls({
    validation_context: {
      trusted_ca: { inline_string: clients.cert },
      crl: { inline_string: clients.revoke(revoked) },
      suppress_client_ca_list: true,
    },
  })
  expect((await harness.talkTls(listener, shows(stranger))).text).toBe('')
  expect((await harness.talkTls(listener, shows(revoked))).text).toBe('')
  expect((await harness.talkTls(listener, shows(client))).text).toBe('hello')
  expect(harness.ssl('fail_verify_error')).toBe(2)
})
