import { selfSigned } from '@nuncio/tls/testing'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, stat } from './testing/admin.ts'
import { ClosedLoop } from './testing/closed-loop.ts'
import { forwarding } from './testing/forwarding.ts'
import { ServingBinary } from './testing/run-binary.ts'
import { StrictOrigin } from './testing/strict-origin.ts'
import { untilTrue } from './testing/until.ts'

const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'

// Whatever comes: the last good configuration serves on, the file is watched on, a counter and a line in the log tell.
describe.each(['1', '2'])('a file that changes badly, --concurrency %s', { timeout: 60_000 }, (concurrency) => {
  let origin: StrictOrigin
  let proxy: ServingBinary
  let good: string
  let generation = 1
  beforeAll(async () => {
    origin = await StrictOrigin.start()
    good = forwarding(origin.port)
    proxy = await ServingBinary.start(good, '--concurrency', concurrency, '--component-log-level', 'config:info')
  }, 60_000)
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })

  const count = (name: string): Promise<number> => stat(proxy, `server.${name}`)

  /** A second listener, on this port and perhaps with a transport socket. */
  const secondListener = (port: number, transportSocket = ''): string => {
    const [, filters] = /( {6}filter_chains:[^]*?)\n {2}clusters:/.exec(good)!
    const chains = filters!.replace('- filters:', `- ${transportSocket}filters:`)
    const at = `{ socket_address: { address: 127.0.0.1, port_value: ${port} } }`
    return good.replace('\n  clusters:', `\n    - name: second\n      address: ${at}\n${chains}\n  clusters:`)
  }

  /** Every answer is the origin's. */
  async function serves(): Promise<void> {
    const load = new ClosedLoop(proxy.ports.get('main')!, 2, 'ok')
    await load.more(10)
    await load.stop()
    expect(load.failures).toEqual([])
  }

  /** Another good file is in use. */
  async function recovers(): Promise<void> {
    writeFileSync(proxy.file, good.replace('connect_timeout: 1s', `connect_timeout: ${++generation}s`))
    await proxy.logs(new RegExp(`a new configuration is in use generation=${generation} `))
    expect(await count('config_generation')).toBe(generation)
    await serves()
  }

  /** Writes the file and waits until it was refused; answers the errors that the admin tells. */
  async function refused(text: string): Promise<string> {
    const before = await count('reload_rejected')
    const from = proxy.log().length
    writeFileSync(proxy.file, text)
    await proxy.logs(/the old one stays/, from)
    expect(await count('reload_rejected')).toBeGreaterThan(before)
    await serves()
    expect(await count('config_generation')).toBe(generation)
    const { configuration } = JSON.parse(await admin(proxy, '/server_info')) as {
      configuration: { last_reload: { outcome: string; errors: readonly string[] } }
    }
    expect(configuration.last_reload.outcome).toBe('rejected')
    return configuration.last_reload.errors[0] ?? ''
  }

  test('one that is broken', async () => {
    expect(await refused(`${good}\n  broken: [`)).toMatch(/envoy\.yaml:\d+:\d+/)
    await recovers()
  })

  test('one that is written to its half', async () => {
    expect(await refused(good.slice(0, good.indexOf('typed_config') + 5))).toMatch(/envoy\.yaml:\d+:\d+/)
    await recovers()
  })

  test('one that is empty', async () => {
    expect(await refused('')).toContain('the file is empty')
    await recovers()
  })

  test('one that vanishes', async () => {
    const before = await count('reload_file_error')
    rmSync(proxy.file)
    await proxy.logs(/is gone: the configuration in use stays/)
    expect(await count('reload_file_error')).toBe(before + 1)
    await serves()
    await recovers()
  })

  test('one whose certificate does not match its key', async () => {
    const [mine, other] = [selfSigned(), selfSigned()]
    const pem = (text: string): string => `{ inline_string: ${JSON.stringify(text)} }`
    const certificate = `{ certificate_chain: ${pem(mine.cert)}, private_key: ${pem(other.key)} }`
    const tls = `transport_socket: { name: tls, typed_config: { '@type': ${TLS}, common_tls_context: { tls_certificates: [${certificate}] } } }`
    const before = await count('reload_key_mismatch')
    expect(await refused(secondListener(0, `${tls}\n          `))).toMatch(/envoy\.yaml:\d+:\d+.*key/)
    expect(await count('reload_key_mismatch')).toBe(before + 1)
    await recovers()
  })

  test('one with a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const before = await count('reload_bind_failed')
    expect(await refused(secondListener(port))).toMatch(new RegExp(`envoy\\.yaml:\\d+:\\d+.*127\\.0\\.0\\.1:${port}`))
    expect(await count('reload_bind_failed')).toBe(before + 1)
    taken.close()
    await recovers()
  })

  test('one that is written again and again is read a few times, and in the end is in use as it was written last', async () => {
    const [attempts, coalesced] = [await count('reload_attempt'), await count('reload_coalesced')]
    let writes = 0
    await untilTrue(async () => {
      writeFileSync(proxy.file, `${good}\n# ${'x'.repeat(++writes)}`)
      return (await count('reload_coalesced')) > coalesced
    })
    await recovers()
    expect((await count('reload_attempt')) - attempts).toBeLessThan(writes)
  })
})
