import { NuncioError } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { pathToFileURL } from 'node:url'
import { definitionsOf } from './definitions-of.ts'
import { resolveModule } from './resolve.ts'

/**
 * The HTTP filters of modules that the user names: packages, or paths that begin with `.` or `/`; TypeScript is fine.
 * Throws `ERR_NUNCIO_ARGUMENT` for a module that is not there, does not load or has no filter.
 */
export async function loadFilters(modules: readonly string[]): Promise<readonly HttpFilterDefinition[]> {
  const loaded = await Promise.all(modules.map(async (name) => definitionsOf(await load(name), name)))
  return loaded.flat()
}

async function load(name: string): Promise<object> {
  const file = resolveModule(name)
  try {
    return (await import(pathToFileURL(file).href)) as object
  } catch (error) {
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--filter ${name}: ${messageOf(error)}`)
  }
}

/** What a failed import has to say, without the stack of the loader. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
