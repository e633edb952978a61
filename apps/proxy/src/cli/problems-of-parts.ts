import type { Problem } from '@nuncio/config'
import type { AnyHttpFilterDefinition } from '@nuncio/filter-chain'

/** A file that is not here may be where the proxy runs. */
const OF_THIS_MACHINE: ReadonlySet<string> = new Set(['unreadable-file'])

export interface PartsOptions {
  readonly file: string
  readonly allowUnsupported: boolean
  readonly allowUnknownFields: boolean
  readonly httpFilters: readonly AnyHttpFilterDefinition[]
}

/**
 * What is wrong with a bootstrap, by the parts that would carry its traffic: clusters, balancers, transports, listeners, filters.
 * They are made and thrown away; nothing is bound, connected or looked up, and certificates that are not here are no problem.
 */
export async function problemsOfParts(bootstrap: Uint8Array, options: PartsOptions): Promise<readonly Problem[]> {
  const { ConfigurationError, createServer } = await import('@nuncio/server')
  let found: readonly Problem[] = []
  const onProblems = (problems: readonly Problem[]): void => void (found = problems)
  try {
    const server = await createServer(bootstrap, { ...options, validateOnly: true, onProblems })
    await server.close()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
  }
  return found.filter(({ code }) => !OF_THIS_MACHINE.has(code))
}
