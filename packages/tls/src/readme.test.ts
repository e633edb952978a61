import * as core from '@nuncio/core'
import * as matching from '@nuncio/matching'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import * as tlsPackage from './index.ts'
import { createAuthority } from './testing/index.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the client of the README trusts a host of its authority with the right name, and no other', async () => {
  const authority = createAuthority()
  const code = stripTypeScriptTypes(
    /```ts\n([\s\S]*?)```/
      .exec(README)![1]!
      .replaceAll(/^import .*$/gm, '')
      .replace('export ', '')
      .replace("{ filename: '/etc/ssl/certs/ca-certificates.crt' }", '{ inline_string: AUTHORITY }'),
  )
  const given = { ...core, ...matching, ...tlsPackage, connect, AUTHORITY: authority.cert }
  // oxlint-disable-next-line typescript/no-implied-eval -- the README's own code is what is run
  const dial = new Function(...Object.keys(given), `${code}; return dial`)(...Object.values(given)) as (
    host: string,
    port: number,
  ) => TLSSocket
  const outcomes: string[] = []
  for (const name of ['api.example', 'other.example']) {
    const { chain, key } = authority.issue({ dns: [name] })
    const server = createServer({ cert: chain, key }, (socket) => socket.on('error', () => {}).end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = dial('127.0.0.1', (server.address() as AddressInfo).port)
    outcomes.push(
      await new Promise((resolve) => {
        socket.on('data', (chunk: Buffer) => resolve(chunk.toString()))
        socket.on('error', ({ message }) => resolve(message))
      }),
    )
    socket.destroy()
    server.close()
  }
  expect(outcomes).toEqual(['hello', expect.stringContaining('SAN matcher')])
})
