import { createAuthority, type Identity } from '@nuncio/tls/testing'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import type { Server } from '../server.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'
const authority = createAuthority('root')
const front = authority.issue({
  commonName: 'front',
  dns: ['front.test'],
  uri: ['spiffe://mesh/front'],
  ip: ['10.0.0.1'],
})
const back = authority.issue({ commonName: 'back', dns: ['back.test'] })
/** Nobody is to see these: each key, a password, and ticket keys. */
const PASSWORD = 'marker-of-a-password'
const TICKETS = 'marker-of-ticket-keys'.padEnd(80, '.')

let directory: string
let server: Server
const logged: string[] = []
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'nuncio-'))
  logged.length = 0
})
afterEach(async () => {
  await server.close()
  rmSync(directory, { recursive: true })
})

function yaml(keyOfFront: string): string {
  writeFileSync(path.join(directory, 'front.crt'), front.chain)
  writeFileSync(path.join(directory, 'front.key'), keyOfFront)
  const inline = ({ chain, key }: Identity): string =>
    `{ certificate_chain: { inline_string: ${JSON.stringify(chain)} }, private_key: { inline_string: ${JSON.stringify(key)} } }`
  return bootstrap({
    chain: `
transport_socket:
  name: tls
  typed_config:
    '@type': ${TYPE}.DownstreamTlsContext
    session_ticket_keys: { keys: [{ inline_string: ${TICKETS} }] }
    common_tls_context:
      tls_certificates:
        - certificate_chain: { filename: ${directory}/front.crt }
          private_key: { filename: ${directory}/front.key }
          password: { inline_string: ${PASSWORD} }
      validation_context: { trusted_ca: { inline_string: ${JSON.stringify(authority.cert)} } }`,
    cluster: `
transport_socket:
  name: tls
  typed_config:
    '@type': ${TYPE}.UpstreamTlsContext
    common_tls_context: { tls_certificates: [${inline(back)}] }`,
  })
}

async function start(text: string): Promise<void> {
  const log = (...parts: unknown[]): void => void logged.push(JSON.stringify(parts))
  const logger = { log, enabled: () => true, child: () => logger }
  server = await createServer(text, { logger })
}

async function ask(endpoint: string): Promise<string> {
  const { address, port } = server.admin!
  return await (await fetch(`http://${address}:${port}${endpoint}`)).text()
}

test('/certs tells the certificates of listeners and clusters that are in use', async () => {
  await start(yaml(front.key))
  const { certificates } = JSON.parse(await ask('/certs')) as { certificates: Record<string, object[]>[] }
  const byPath = (list: object[]): unknown => list.map((one) => (one as { path: string }).path)
  expect(certificates.map(({ ca_cert: ca, cert_chain: chain }) => [byPath(ca!), byPath(chain!)])).toEqual([
    [[], ['<inline>']],
    [['<inline>'], [`${directory}/front.crt`]],
  ])
  expect(certificates[1]!['cert_chain']![0]).toMatchObject({
    serial_number: front.x509.serialNumber.toLowerCase(),
    subject_alt_names: [{ dns: 'front.test' }, { uri: 'spiffe://mesh/front' }, { ip_address: '10.0.0.1' }],
    days_until_expiration: '29',
  })
})

test('no key, password or ticket key stands in anything that the server says', async () => {
  await start(yaml(front.key))
  const { address, port } = server.listeners[0]!
  await new Promise<void>((resolve) => {
    const socket = connect({ host: address, port, rejectUnauthorized: false }, () => socket.end('rubbish\r\n\r\n'))
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })
  writeFileSync(path.join(directory, 'front.key'), back.key)
  const endpoints = [
    '/',
    '/certs',
    '/config_dump?include_eds',
    '/stats',
    '/clusters',
    '/listeners',
    '/server_info',
    '/init_dump',
  ]
  const said = [...(await Promise.all(endpoints.map(ask))), ...logged, JSON.stringify(server.problems)].join('\n')
  const secrets = [PASSWORD, TICKETS, Buffer.from(TICKETS).toString('base64')]
  for (const { key } of [front, back])
    secrets.push(...key.split('\n').filter((line) => line.length > 20 && !line.startsWith('-')))
  expect(said).toContain('front.crt')
  for (const secret of secrets) expect(said).not.toContain(secret)
})

test('nor in the problems of a configuration that is refused', async () => {
  await start(yaml(front.key))
  const refusal = createServer(yaml(back.key)).then(
    () => '',
    (error: Error) => `${error.message} ${error.stack} ${JSON.stringify(error)}`,
  )
  expect(await refusal).toContain('does not belong to the certificate')
  for (const secret of [PASSWORD, TICKETS, ...back.key.split('\n').slice(1, 3)])
    expect(await refusal).not.toContain(secret)
})
