import type { Document } from '../model/document.ts'
import type { EnvoyBinary } from '../proxies/envoy.ts'
import { playDocument } from './play-document.ts'
import { validateDocument } from './validate-document.ts'

/** What Envoy makes of the cases of a document. */
export async function envoyPlays(document: Document, envoy: EnvoyBinary): Promise<ReadonlyMap<string, unknown>> {
  if (document.mode === 'serve') return await playDocument(document, (text, folder) => envoy.start(text, folder))
  return await validateDocument(document, async (text, folder) => {
    const complaint = await envoy.validate(text, folder)
    if (process.env['CONFORMANCE_SHOW'] !== undefined) console.log(complaint?.slice(0, 400) ?? 'accepted')
    return { refused: complaint !== undefined }
  })
}
