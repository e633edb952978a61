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

/** What nuncio has to say of a configuration. */
export async function validateWithNuncio(configuration: string): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  const options = {
    file: 'case.yaml',
    validateOnly: true,
    onProblems: (all: readonly Problem[]) => problems.push(...all),
  }
  try {
    const server = await createServer(configuration, options)
    await server.close()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
  }
  return problems
}
