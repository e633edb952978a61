import { createServer } from '@nuncio/server'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

const HERE = import.meta.dirname

test('routes change with their file, and a file with a mistake changes nothing', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-files-'))
  cpSync(HERE, folder, { recursive: true })
  const text = readFileSync(path.join(HERE, 'envoy.yaml'), 'utf8').replaceAll('examples/resources-in-files', folder)
  await using server = await createServer(text, { ports: 'ephemeral' })
  const version = async (): Promise<string> =>
    await (await fetch(`http://127.0.0.1:${server.listeners[0]!.port}/version`)).text()
  const put = (name: string): void => cpSync(path.join(HERE, name), path.join(folder, 'routes.yaml'))
  const rejected = (): unknown => server.stats.counters.get('http.main.rds.main.update_rejected')?.value

  expect(await version()).toBe('one')
  put('endpoints.yaml')
  await expect.poll(rejected).toBe(1)
  expect(await version()).toBe('one')
  put('changed-routes.yaml')
  await expect.poll(version).toBe('two')
  rmSync(folder, { recursive: true })
})
