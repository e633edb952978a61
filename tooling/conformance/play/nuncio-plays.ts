import { ConfigurationError } from '@nuncio/server'
import type { Document } from '../model/document.ts'
import { startNuncio, validateWithNuncio } from '../proxies/nuncio.ts'
import { playDocument } from './play-document.ts'
import { validateDocument } from './validate-document.ts'

/** What nuncio makes of the cases of a document, of which Envoy's observations are known. */
export async function nuncioPlays(
  document: Document,
  envoyDid: Readonly<Record<string, unknown>> = {},
): Promise<ReadonlyMap<string, unknown>> {
  if (document.mode === 'validate') {
    return await validateDocument(document, async (configuration) => {
      const said = await validateWithNuncio(configuration)
      const problems = said.filter(({ severity }) => severity === 'error')
      const unsupported = problems.length > 0 && problems.every(({ code }) => code.startsWith('unsupported'))
      return { refused: problems.length > 0, ...(unsupported && { unsupported: true as const }) }
    })
  }
  try {
    return await playDocument(document, startNuncio, envoyDid)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const problems = error.problems.filter(({ severity }) => severity === 'error')
    const unsupported = problems.every(({ code }) => code.startsWith('unsupported'))
    const said = problems.map(({ path, message }) => `${path}: ${message}`)
    return new Map(document.cases.map(({ name }) => [name, { refused: said, ...(unsupported && { unsupported }) }]))
  }
}
