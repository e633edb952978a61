import { createServer } from '@nuncio/server'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const file = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, name))

test('changed.yaml takes the place of envoy.yaml, and no connection closes', async () => {
  await using server = await createServer(file('envoy.yaml'), { ports: 'ephemeral' })
  const get = async (at: string): Promise<string> =>
    await (await fetch(`http://127.0.0.1:${server.listeners[0]!.port}${at}`)).text()
  expect(await get('/version')).toBe('one')
  expect(await server.reload(file('changed.yaml'))).toMatchObject({
    outcome: 'applied',
    generation: 2,
    problems: [],
    diff: { changes: [{ kind: 'added' }, { kind: 'changed' }], closes: [] },
  })
  expect([await get('/version'), await get('/new')]).toEqual(['two', 'a new route'])
})
