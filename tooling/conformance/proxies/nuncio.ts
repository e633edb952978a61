import type { Problem } from '@nuncio/config'
import { ConfigurationError, createServer } from '@nuncio/server'
import type { Proxy } from './proxy.ts'

/** Starts nuncio in this process; throws a `ConfigurationError` for a configuration that it does not take. */
export async function startNuncio(configuration: string): Promise<Proxy> {
  const server = await createServer(configuration, { file: 'case.yaml', logFlushIntervalMs: 2 })
  return {
    name: 'nuncio',
    adminPort: server.admin?.port ?? 0,
    ports: new Map(server.listeners.map(({ name, port }) => [name, port])),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** What is wrong with a configuration, by nuncio. */
export async function validateWithNuncio(configuration: string): Promise<readonly Problem[]> {
  try {
    const server = await createServer(configuration, { file: 'case.yaml', validateOnly: true })
    await server.close()
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.filter(({ severity }) => severity === 'error')
    throw error
  }
}
