import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { expand } from '../model/expand.ts'
import type { OriginScript, Parts, Tree } from '../model/document.ts'
import { fullType } from '../model/short-forms.ts'
import { mapTexts } from '../model/trees.ts'
import { certificateFile, keyFile } from '../wire/certificates.ts'

/** What placeholders stand for. */
export interface Places {
  readonly folder: string
  readonly origins: ReadonlyMap<string, { readonly port: number }>
  /** A port that refuses connections. */
  readonly refused: number
  /** What steps of the case have kept of responses. */
  readonly kept?: ReadonlyMap<string, string>
}

/** The file that both proxies get. */
export function configurationText(
  parts: Parts,
  origins: Readonly<Record<string, OriginScript>>,
  places: Places,
): string {
  return stringify(
    mapTexts(expand(parts, origins), (text) => substituted(text, places)),
    { lineWidth: 0, version: '1.1' },
  )
}

/** Writes files anew below the folder of the run, each in one step, as whoever watches them wants it; a text as it stands. */
export function writeFiles(files: Readonly<Record<string, Tree | string>>, places: Places): void {
  for (const [name, content] of Object.entries(files)) {
    const text =
      typeof content === 'string'
        ? content
        : stringify(
            mapTexts(content, (each) => substituted(fullType(each), places)),
            { lineWidth: 0, version: '1.1' },
          )
    const file = path.join(places.folder, name)
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
}

/** A file with its placeholders replaced. */
export function filled(text: string, places: Places): string {
  return text.replaceAll(/\{\{([\w.]+)\}\}/g, (_, name: string) => valueOf(name, places))
}

/** A text with its placeholders replaced; a port that stands alone is a number. */
export function substituted(text: string, places: Places): string | number {
  const alone = /^\{\{(?:origin\.\w+|refused)\}\}$/.test(text)
  const replaced = filled(text, places)
  return alone ? Number(replaced) : replaced
}

function valueOf(name: string, { folder, origins, refused, kept }: Places): string {
  const [kind = '', which = ''] = name.split('.')
  if (kind === 'origin') {
    const origin = origins.get(which)
    if (origin === undefined) throw new Error(`there is no origin ${which}`)
    return String(origin.port)
  }
  if (kind === 'kept') return kept?.get(which) ?? ''
  if (kind === 'cert') return certificateFile(which)
  if (kind === 'key') return keyFile(which)
  if (kind === 'log') return path.join(folder, 'access.log')
  if (kind === 'dir') return folder
  if (kind === 'refused') return String(refused)
  throw new Error(`{{${name}}} means nothing; there are origin.NAME, kept.NAME, cert.NAME, key.NAME, log, dir, refused`)
}

/**
 * A port that nobody listens on. It lies outside of what systems give to those who ask for any port: a port that was free a
 * moment ago would soon be somebody's.
 */
export const REFUSED_PORT = 20_011
