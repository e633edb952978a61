import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange } from '../test-support/raw-origin.ts'

test('begins with failing health checks where flags_path has the file drain', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'flags-'))
  try {
    const ready = async (): Promise<string> => {
      await using server = await createServer(bootstrap({ more: `flags_path: ${folder}` }), { ports: 'ephemeral' })
      return await exchange(server.admin!.port, 'GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    }
    expect(await ready()).toMatch(/^HTTP\/1\.1 200 /)
    writeFileSync(path.join(folder, 'drain'), '')
    expect(await ready()).toMatch(/^HTTP\/1\.1 503 [^]*DRAINING/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
