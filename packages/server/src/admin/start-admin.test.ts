import { once } from 'node:events'
import { createServer as listenRaw } from 'node:net'
import { expect, it } from 'vitest'
import { createServer } from '../create-server.ts'

it.runIf(process.platform === 'linux')('an abstract socket with a mode is refused and left free', async () => {
  const name = `@nuncio-start-admin-${process.pid}`
  const admin = (mode: number): string => `admin: { address: { pipe: { path: '${name}', mode: ${mode} } } }`
  await expect(createServer(admin(0o600))).rejects.toMatchObject({
    code: 'ERR_NUNCIO_ADMIN',
    message: `the admin cannot listen on ${name}: an abstract socket has no mode`,
  })
  const other = listenRaw().listen(name.replace('@', '\0'))
  await once(other, 'listening')
  other.close()
  await once(other, 'close')
  await using server = await createServer(admin(0))
  expect(server.admin?.address).toBe(name)
})
