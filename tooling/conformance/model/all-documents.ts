import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Document } from './document.ts'
import { readDocument } from './read-document.ts'

const FOLDER = path.resolve(import.meta.dirname, '../cases')

/** Every document below cases/, by its path. */
export function allDocuments(): readonly Document[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) =>
      readDocument(file.slice(0, -5).replaceAll(path.sep, '/'), readFileSync(path.join(FOLDER, file), 'utf8')),
    )
}
