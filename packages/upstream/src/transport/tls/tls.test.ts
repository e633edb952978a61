import { createAuthority, type Identity } from '@nuncio/tls/testing'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createServer, type Server } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ClusterManagerOptions } from '../../cluster/options.ts'
import { endpoints, ManagerWorld } from '../../testing/manager-world.ts'
import { SOON } from '../../testing/soon.ts'

const authority = createAuthority()
const host = authority.issue({ dns: ['a.test'] })
const first = authority.issue({ commonName: 'first' })
const second = authority.issue({ commonName: 'second' })

let directory: string
let server: Server
let world: ManagerWorld
/** Common names that clients showed. */
const seen: string[] = []
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'nuncio-'))
  const options = { cert: host.chain, key: host.key, requestCert: true, ca: authority.cert }
  server = createServer(options, (socket) => {
    seen.push(socket.getPeerX509Certificate()?.subject ?? '')
    socket.on('error', () => {})
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await world.close()
  server.close()
  rmSync(directory, { recursive: true })
  seen.length = 0
})

const at = (name: string): string => path.join(directory, name)
function replace(name: string, text: string): void {
  writeFileSync(at(`${name}.new`), text)
  renameSync(at(`${name}.new`), at(name))
}
function put({ cert, key }: Identity): void {
  replace('tls.crt', cert)
  replace('tls.key', key)
}

async function start(common: object, more: Partial<ClusterManagerOptions> = {}): Promise<void> {
  const { port } = server.address() as AddressInfo
  const typed = {
    '@type': 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    common_tls_context: common,
  }
  world = new ManagerWorld(
    [
      {
        name: 'c',
        load_assignment: endpoints(`127.0.0.1:${port}`),
        max_requests_per_connection: 1,
        transport_socket: { name: 'tls', typed_config: typed },
      },
    ],
    more,
  )
  await world.manager.ready()
}

async function ask(): Promise<string | undefined> {
  const request = world.request('c')
  await Promise.race([request.until('end'), request.until('failed')])
  return seen.at(-1)
}

/** Lets time go on a little at each look: the system tells of a change in its own time. */
const noticed = (counter: string): Promise<unknown> =>
  expect.poll(() => (world.time.advance(100), world.stat(`cluster.c.${counter}`)), SOON).toBe(1)

it.each(['named directly', 'in a secret file'])(
  'shows a certificate that is renewed (%s), and keeps the old one while the new is not whole',
  async (where) => {
    put(first)
    const certificate = { certificate_chain: { filename: at('tls.crt') }, private_key: { filename: at('tls.key') } }
    const secret = {
      resources: [
        {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
          name: 'own',
          tls_certificate: certificate,
        },
      ],
    }
    writeFileSync(at('sds.yaml'), JSON.stringify(secret))
    await start(
      where === 'named directly'
        ? { tls_certificates: [certificate] }
        : {
            tls_certificate_sds_secret_configs: [
              { name: 'own', sds_config: { path_config_source: { path: at('sds.yaml') } } },
            ],
          },
    )
    expect(await ask()).toBe('CN=first')
    replace('tls.key', second.key)
    await noticed('ssl.key_rotation_failed')
    expect(await ask()).toBe('CN=first')
    replace('tls.crt', second.cert)
    await noticed('client_ssl_socket_factory.ssl_context_update_by_sds')
    expect(await ask()).toBe('CN=second')
  },
)

it.each([
  ['of the host', '127.0.0.1', 'CLIENT_RANDOM'],
  ['of another', '127.0.0.2', undefined],
])('key_log writes the secrets of its sessions, with a range %s', async (_, address_prefix, label) => {
  const lines: string[] = []
  const keyLogFiles = { open: () => ({ write: (line: string) => void lines.push(line) }), release: () => {} }
  await start(
    { key_log: { path: '/keys', remote_address_range: [{ address_prefix, prefix_len: 32 }] } },
    { keyLogFiles },
  )
  await ask()
  expect(lines.map((line) => line.split(' ')[0])).toEqual(label === undefined ? [] : [label])
})
