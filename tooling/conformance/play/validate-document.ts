import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Document, Parts } from '../model/document.ts'
import { mergeTrees } from '../model/trees.ts'
import { configurationText, filled, type Places, REFUSED_PORT } from './configuration.ts'

/** Whether a proxy takes a configuration. */
export interface Validation {
  readonly refused: boolean
  /** It is valid, but uses what the proxy does not honour. */
  readonly unsupported?: true
}

export type ValidateConfiguration = (configuration: string, folder: string) => Promise<Validation>

/** Asks a proxy about the configuration of each case. */
export async function validateDocument(
  document: Document,
  ask: ValidateConfiguration,
): Promise<Map<string, Validation>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-conformance-'))
  const origins = new Map(Object.keys(document.origins).map((name, i) => [name, { port: 8001 + i }]))
  const places: Places = { folder, origins, refused: REFUSED_PORT }
  const found = new Map<string, Validation>()
  try {
    for (const { name, config, text } of document.cases) {
      const parts = mergeTrees(document.config as never, config as never) as Parts
      const whole = text === undefined ? configurationText(parts, document.origins, places) : filled(text, places)
      found.set(name, await ask(whole, folder))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return found
}
