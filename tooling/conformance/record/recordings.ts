import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Document } from '../model/document.ts'

/** What Envoy made of the cases of one document. */
export interface Recording {
  /** The version of Envoy. */
  readonly envoy: string
  /** Of the document that was played. */
  readonly digest: string
  readonly cases: Readonly<Record<string, unknown>>
}

const FOLDER = path.resolve(import.meta.dirname, '../recordings')
const fileOf = (id: string): string => path.join(FOLDER, `${id}.json`)

export function readRecording(id: string): Recording | undefined {
  const file = fileOf(id)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recording) : undefined
}

/** The recording of a document; throws, with what to do, when there is none of this text. */
export function currentRecording(document: Document): Recording {
  const recording = readRecording(document.id)
  if (recording?.digest === document.digest) return recording
  const why = recording === undefined ? 'has no recording' : 'changed since it was recorded'
  throw new Error(`${document.id} ${why}: npm run conformance -- --record --only ${document.id}`)
}

export function writeRecording(document: Document, envoy: string, cases: ReadonlyMap<string, unknown>): void {
  const file = fileOf(document.id)
  mkdirSync(path.dirname(file), { recursive: true })
  // A line for each case: changes are seen case by case.
  const lines = [...cases].map(([name, seen]) => `${JSON.stringify(name)}: ${JSON.stringify(seen)}`)
  const head = `"envoy": ${JSON.stringify(envoy)},\n"digest": ${JSON.stringify(document.digest)},\n`
  writeFileSync(file, `{\n${head}"cases": {\n${lines.join(',\n')}\n}\n}\n`)
}
