import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { ok, RawOrigin } from '../test-support/raw-origin.ts'

const EXAMPLE = readFileSync(new URL('../../../http-filters/src/jwt-authn/example.yaml', import.meta.url), 'utf8')
/** The token that the example shows. */
const PARTNER = /^ *# (\S+\.\S+\.\S+)$/m.exec(EXAMPLE)![1]!

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token of the issuer whose keys are on a server. */
function company(): string {
  const input = `${encoded({ alg: 'EdDSA', kid: 'c' })}.${encoded({ iss: 'https://accounts.example' })}`
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`
}

let accounts: RawOrigin
let server: Server
beforeAll(async () => {
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'c' }] })
  accounts = await RawOrigin.start((socket) => void socket.write(ok(keys)))
  // A busy machine takes longer than the example allows.
  const text = EXAMPLE.replace(/timeout: [\d.]+s/g, 'timeout: 10s')
  server = await createServer(text, { ports: 'ephemeral', endpoints: { accounts: [accounts.address] } })
})
afterAll(async () => {
  await server.close()
  await accounts[Symbol.asyncDispose]()
})

async function ask(path: string, token = ''): Promise<number> {
  const url = `http://127.0.0.1:${server.listeners[0]!.port}${path}`
  const response = await fetch(url, { headers: token === '' ? {} : { authorization: `Bearer ${token}` } })
  return response.status
}

test('lets in by keys of the configuration and by keys of a server, each where it is wanted', async () => {
  expect([await ask('/public/a'), await ask('/a'), await ask('/admin')]).toEqual([200, 401, 401])
  expect([await ask('/a', PARTNER), await ask('/admin', PARTNER)]).toEqual([200, 401])
  expect([await ask('/a', company()), await ask('/admin', company())]).toEqual([200, 200])
  expect(await ask('/public/..%2fadmin', `${company().slice(0, -4)}AAAA`)).toBe(200)
  expect(await ask('/public/%2e%2e/admin')).toBe(401)
  expect(accounts.accepted).toBe(1)
})
