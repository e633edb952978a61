import { afterEach, expect, test } from 'vitest'
import { createAuthority } from '@nuncio/tls/testing'
import type { KeyLogFiles } from '@nuncio/tls'
import { TlsHarness } from '../../testing/index.ts'

class MemoryFiles implements KeyLogFiles {
  readonly lines: string[] = []
  opened = 0

  open(path: string): { write: (line: string) => void } {
    if (path !== '/keys') throw Object.assign(new Error('no'), { code: 'ENOENT' })
    this.opened++
    return { write: (line) => void this.lines.push(line) }
  }
  release(): void {
    this.opened--
  }
}

const files = new MemoryFiles()
const site = createAuthority('root').issue({ commonName: 'site' })
const harnesses: TlsHarness[] = []
afterEach(async () => {
  for (const harness of harnesses.splice(0)) await harness.close()
  files.lines.length = 0
})

function withFiles(keyLogFiles: KeyLogFiles | undefined): TlsHarness {
  const harness = new TlsHarness(site, { context: { keyLogFiles } })
  harnesses.push(harness)
  return harness
}

const range = (address_prefix: string): object => ({ address_prefix, prefix_len: 32 })

test('key_log writes the secrets of each session, as NSS does', async () => {
  const harness = withFiles(files)
  const listener = await harness.listenTls({ key_log: { path: '/keys' } })
  let random = ''
  await harness.talkTls(listener, { maxVersion: 'TLSv1.2' })
  expect(files.lines).toHaveLength(1)
  expect(files.lines[0]).toMatch(/^CLIENT_RANDOM [\da-f]{64} [\da-f]{96}\n$/)
  random = files.lines.splice(0)[0]!.split(' ')[1]!
  await harness.talkTls(listener)
  const labels = files.lines.map((line) => line.split(' ')[0])
  expect(labels).toEqual(
    expect.arrayContaining(['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0', 'CLIENT_TRAFFIC_SECRET_0']),
  )
  expect(files.lines.join('')).not.toContain(random)
})

test.each([
  ['of its own address', { local_address_range: [range('127.0.0.1')] }, true],
  ['of another address', { local_address_range: [range('127.0.0.9')] }, false],
  ['of a client', { remote_address_range: [range('127.0.0.5'), range('127.0.0.1')] }, true],
  ['of another client', { remote_address_range: [range('127.0.0.5')] }, false],
  [
    'of both, where one does not fit',
    { local_address_range: [range('127.0.0.1')], remote_address_range: [range('127.0.0.5')] },
    false,
  ],
])('key_log with a range %s', async (_, ranges, logged) => {
  const harness = withFiles(files)
  const listener = await harness.listenTls({ key_log: { path: '/keys', ...ranges } })
  expect((await harness.talkTls(listener)).text).toBe('hello')
  expect(files.lines.length > 0).toBe(logged)
})

test('a key log is given back when its listener closes', async () => {
  const harness = withFiles(files)
  const listener = await harness.listenTls({ key_log: { path: '/keys' } })
  expect(files.opened).toBe(1)
  await listener.close()
  expect(files.opened).toBe(0)
})

test('a key log that cannot be written is refused', () => {
  expect(withFiles(files).refusal({ key_log: { path: '/nowhere/keys' } })).toContain(
    'key_log.path: cannot open /nowhere/keys for writing: ENOENT',
  )
  expect(withFiles(undefined).refusal({ key_log: { path: '/keys' } })).toContain('nothing here that could write')
})
