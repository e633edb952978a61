import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Problem } from '@nuncio/config'
import { createServer } from '../create-server.ts'
import { ConfigurationError } from '../load-configuration.ts'

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

const ROUTER =
  '{ name: x, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }'

test.each([
  [`admin: { ${ADDRESS}, allow_paths: [{ safe_regex: { regex: "(" } }] }`, 'admin.allow_paths[0].safe_regex.regex'],
  [`admin: { ${ADDRESS}, access_log: [${ROUTER}] }`, 'admin.access_log[0].typed_config'],
  ['tracing: { http: { name: nobody } }', 'tracing.http.typed_config'],
  [`default_regex_engine: ${ROUTER}`, 'default_regex_engine.typed_config'],
])('what nobody can use is refused before anything starts: %s', async (text, at) => {
  const problems: Problem[] = []
  const options = { validateOnly: true, onProblems: (list: readonly Problem[]) => void problems.push(...list) }
  await expect(createServer(text, options)).rejects.toThrow(ConfigurationError)
  expect(problems.filter(({ severity }) => severity === 'error').map(({ path: where }) => where)).toEqual([at])
})

test('access_log_path is an access log to that file', async () => {
  const file = path.join(folder, 'admin.log')
  await ask(`access_log_path: ${file}`, '/ready')
  expect(readFileSync(file, 'utf8')).toMatch(/"GET \/ready HTTP\/1\.1" 200 /)
})
