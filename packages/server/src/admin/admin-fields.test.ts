import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-admin-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const ADDRESS = 'address: { socket_address: { address: 127.0.0.1, port_value: 0 } }'

/** The status and body of each path at an admin with these fields. */
async function ask(fields: string, ...paths: readonly string[]): Promise<[number, string][]> {
  await using server = await createServer(`admin: { ${ADDRESS}, ${fields} }\nstats_server_version_override: 7`)
  const { port } = server.admin!
  return await Promise.all(
    paths.map(async (at): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${at}`)
      return [response.status, await response.text()]
    }),
  )
}

test('allow_paths refuses all others, whatever parameters they have', async () => {
  expect(
    await ask('allow_paths: [{ prefix: /stats }]', '/stats?filter=server.version', '/clusters?format=json'),
  ).toEqual([
    [200, 'server.version: 7\n'],
    [403, 'request to path /clusters not allowed'],
  ])
})

test('a pattern of allow_paths that cannot be read allows nothing', async () => {
  const [[status]] = (await ask('allow_paths: [{ safe_regex: { regex: "(" } }]', '/ready')) as [[number, string]]
  expect(status).toBe(403)
})

test('access_log_path is an access log to that file', async () => {
  const file = path.join(folder, 'admin.log')
  await ask(`access_log_path: ${file}`, '/ready')
  expect(readFileSync(file, 'utf8')).toMatch(/"GET \/ready HTTP\/1\.1" 200 /)
})
