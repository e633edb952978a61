import type { Message } from '@nuncio/config'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Listener } from '../../live/listener.ts'
import { createAuthority, type Identity, inlineCertificate, shows } from '@nuncio/tls/testing'
import { answer, TlsHarness, tlsSocket, until } from '../../testing/index.ts'

type Secret = Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>

const authority = createAuthority('root')
const first = authority.issue({ commonName: 'first' })
const second = authority.issue({ commonName: 'second' })

let harness: TlsHarness
let directory: string
beforeEach(() => {
  harness = new TlsHarness(first)
  directory = mkdtempSync(path.join(tmpdir(), 'nuncio-'))
})
afterEach(async () => {
  await harness.close()
  rmSync(directory, { recursive: true })
})

const at = (name: string): string => path.join(directory, name)

/** Puts a file in its place in one step, as tools that rotate certificates do. */
function replace(name: string, text: string): void {
  writeFileSync(at(`${name}.new`), text)
  renameSync(at(`${name}.new`), at(name))
}

function put(identity: Identity): void {
  replace('tls.crt', identity.cert)
  replace('tls.key', identity.key)
}

const FILES = { certificate_chain: { filename: '' }, private_key: { filename: '' } }
const files = (): typeof FILES => ({
  certificate_chain: { filename: at('tls.crt') },
  private_key: { filename: at('tls.key') },
})

async function subject(listener: Listener): Promise<string> {
  return (await harness.talkTls(listener)).subject
}

/** Lets time go on a little at each turn of the event loop: the system tells of a change in its own time. */
function noticed(condition: () => boolean): Promise<void> {
  return until(() => {
    harness.time.advance(5)
    return condition()
  })
}

const updates = (): number => harness.counter('server_ssl_socket_factory.ssl_context_update_by_sds')
const failures = (): number => harness.ssl('key_rotation_failed')

describe('certificate files', () => {
  test('that are replaced serve new connections, and open ones go on', async () => {
    put(first)
    const listener = await harness.listen({
      filter_chains: [{ filters: [answer()], transport_socket: tlsSocket({ tls_certificates: [files()] }) }],
    })
    const open = harness.talkTls(listener)
    await until(() => harness.accepted.length === 1)
    put(second)
    await noticed(() => updates() === 1)
    const fresh = harness.talkTls(listener)
    await until(() => harness.accepted.length === 2)
    for (const connection of harness.accepted) {
      connection.socket.write('still here')
      connection.close('flush-and-wait')
    }
    expect(await open).toMatchObject({ subject: 'first', text: 'still here' })
    expect(await fresh).toMatchObject({ subject: 'second', text: 'still here' })
  })

  test('of which only one has come stay unused until the other comes', async () => {
    put(first)
    const listener = await harness.listenTls({ tls_certificates: [files()] })
    replace('tls.crt', second.cert)
    await noticed(() => failures() === 1)
    expect(await subject(listener)).toBe('first')
    replace('tls.key', second.key)
    await noticed(() => updates() === 1)
    expect(await subject(listener)).toBe('second')
  })

  test.each([
    ['half-written', first.cert.slice(0, 100)],
    ['empty', ''],
    ['rubbish', 'rubbish'],
  ])('that are %s leave the old in use and are counted', async (_, text) => {
    put(first)
    const listener = await harness.listenTls({ tls_certificates: [files()] })
    writeFileSync(at('tls.crt'), text)
    await noticed(() => failures() === 1)
    expect(await subject(listener)).toBe('first')
    expect(updates()).toBe(0)
  })

  test('that cannot be used are told of once, whatever else changes beside them', async () => {
    put(first)
    const listener = await harness.listenTls({ tls_certificates: [files()] })
    replace('tls.crt', second.cert)
    await noticed(() => failures() === 1)
    writeFileSync(at('other.log'), 'a line')
    await noticed(() => harness.time.pending > 0)
    harness.time.advance(200)
    expect(failures()).toBe(1)
    replace('tls.crt', first.cert)
    await noticed(() => harness.time.pending > 0)
    harness.time.advance(200)
    expect([updates(), failures()]).toEqual([0, 1])
    replace('tls.crt', second.cert)
    await noticed(() => failures() === 2)
    expect(await subject(listener)).toBe('first')
  })

  test('that are written again without a change change nothing', async () => {
    put(first)
    const listener = await harness.listenTls({ tls_certificates: [files()] })
    const { session } = await harness.talkTls(listener)
    put(first)
    await noticed(() => harness.time.pending > 0)
    harness.time.advance(200)
    expect([updates(), failures()]).toEqual([0, 0])
    expect(await harness.talkTls(listener, { session: session! })).toMatchObject({ reused: true })
  })

  test('in a directory that a symbolic link changes, as Kubernetes does it', async () => {
    for (const [name, identity] of [
      ['v1', first],
      ['v2', second],
    ] as const) {
      mkdirSync(at(name))
      writeFileSync(at(`${name}/tls.crt`), identity.cert)
      writeFileSync(at(`${name}/tls.key`), identity.key)
    }
    symlinkSync('v1', at('..data'))
    symlinkSync('..data/tls.crt', at('tls.crt'))
    symlinkSync('..data/tls.key', at('tls.key'))
    const listener = await harness.listenTls({
      tls_certificates: [{ ...files(), watched_directory: { path: directory } }],
    })
    symlinkSync('v2', at('..tmp'))
    renameSync(at('..tmp'), at('..data'))
    await noticed(() => updates() === 1)
    expect(await subject(listener)).toBe('second')
  })

  test('of authorities are replaced too, and sessions made before are worth nothing', async () => {
    const other = createAuthority('other')
    writeFileSync(at('ca.crt'), authority.cert)
    const listener = await harness.listenTls(
      { validation_context: { trusted_ca: { filename: at('ca.crt') } } },
      { require_client_certificate: true },
    )
    const { session, text } = await harness.talkTls(listener, shows(second))
    expect(text).toBe('hello')
    replace('ca.crt', other.cert)
    await noticed(() => updates() === 1)
    expect(await harness.talkTls(listener, { ...shows(second), session: session! })).toMatchObject({ text: '' })
    expect(await harness.talkTls(listener, shows(other.issue()))).toMatchObject({ text: 'hello' })
  })

  test('are no longer watched when their filter chain is gone', async () => {
    put(first)
    const listener = await harness.listenTls({ tls_certificates: [files()] })
    await listener.close()
    put(second)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(harness.time.pending).toBe(0)
  })
})

describe('secrets in files', () => {
  const yaml = (...secrets: Secret[]): string =>
    JSON.stringify({
      resources: secrets.map((secret) => ({
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
        ...secret,
      })),
    })
  const source = (): object => ({ path_config_source: { path: at('sds.json') } })

  test('are read, and read again when they are replaced', async () => {
    replace(
      'sds.json',
      yaml(
        { name: 'other', tls_certificate: inlineCertificate(second) },
        { name: 'site', tls_certificate: inlineCertificate(first) },
      ),
    )
    const listener = await harness.listenTls({
      tls_certificates: [],
      tls_certificate_sds_secret_configs: [{ name: 'site', sds_config: source() }],
    })
    expect(await subject(listener)).toBe('first')
    replace('sds.json', '{"resources": [')
    await noticed(() => failures() === 1)
    expect(await subject(listener)).toBe('first')
    replace('sds.json', yaml({ name: 'site', tls_certificate: inlineCertificate(second) }))
    await noticed(() => updates() === 1)
    expect(await subject(listener)).toBe('second')
  })

  test.each([
    ['a file that is not there', undefined, 'cannot read'],
    [
      'no secret of the name',
      yaml({ name: 'other', tls_certificate: inlineCertificate(first) }),
      'has no secret called "site"',
    ],
    [
      'a secret of another kind',
      yaml({ name: 'site', validation_context: { trusted_ca: { inline_string: authority.cert } } }),
      'is no certificate',
    ],
    ['rubbish', 'resources: [', 'is not right'],
  ])('%s is refused', (_, text, message) => {
    if (text !== undefined) replace('sds.json', text)
    expect(
      harness.refusal({
        tls_certificates: [],
        tls_certificate_sds_secret_configs: [{ name: 'site', sds_config: source() }],
      }),
    ).toContain(message)
  })
})

describe('secrets from elsewhere', () => {
  test('are waited for, then followed', async () => {
    let send: (secret: Secret) => void = () => {}
    const subscribe = (_: string, __: object, onSecret: (secret: Secret) => void): (() => void) => {
      send = onSecret
      return () => {}
    }
    harness.secretSubscription = subscribe
    const config = {
      tls_certificates: [],
      tls_certificate_sds_secret_configs: [{ name: 'site', sds_config: { ads: {} } }],
    }
    const listening = harness.listenTls(config)
    let ready = false
    void listening.then(() => (ready = true))
    await Promise.resolve()
    expect(ready).toBe(false)
    send({ name: 'site', tls_certificate: inlineCertificate(first) })
    const listener = await listening
    expect(await subject(listener)).toBe('first')
    send({ name: 'site', tls_certificate: inlineCertificate(second) })
    expect(await subject(listener)).toBe('second')
    expect(updates()).toBe(2)
  })
})

test('fifty rotations under load: not one handshake fails', async () => {
  put(first)
  const listener = await harness.listenTls({ tls_certificates: [files()] })
  const load = { going: true }
  const failed: string[] = []
  let done = 0
  const client = async (): Promise<void> => {
    while (load.going) {
      const { text, error } = await harness.talkTls(listener)
      done++
      if (text !== 'hello') failed.push(error)
    }
  }
  const clients = Array.from({ length: 4 }, client)
  for (let i = 1; i <= 50; i++) {
    put(i % 2 === 0 ? first : second)
    await noticed(() => updates() === i)
  }
  load.going = false
  await Promise.all(clients)
  expect(failed).toEqual([])
  expect(updates()).toBe(50)
  expect(done).toBeGreaterThan(50)
})
