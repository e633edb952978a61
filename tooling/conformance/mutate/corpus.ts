import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { parse } from 'yaml'
import { pairsOf } from '../generate/kinds.ts'
import { documentOf } from '../generate/pairs.ts'
import { allDocuments } from '../model/all-documents.ts'
import type { Document, Parts, Tree } from '../model/document.ts'
import { mergeTrees } from '../model/trees.ts'
import { configurationText, type Places, REFUSED_PORT } from '../play/configuration.ts'

/** A configuration to begin from. */
export interface Seed {
  readonly name: string
  readonly tree: Tree
}

const ROOT = path.resolve(import.meta.dirname, '../../..')
const EXAMPLES = [
  ['examples', 'envoy.yaml'],
  ['packages/balancers/src', 'example.yaml'],
  ['packages/http-filters/src', 'example.yaml'],
  ['packages/network-filters/src', 'example.yaml'],
] as const
/** Larger ones are slow to make smaller, and hold little that is new. */
const MAX_TEXT = 20_000
const GENERATED = 60

/** Every configuration of the suite and of the examples, and some that are generated. Not all are valid. */
export function corpus(folder: string, seed: number): readonly Seed[] {
  const texts = [...documents(folder), ...examples(), ...generated(folder, seed)]
  const seen = new Set<string>()
  return texts.flatMap(([name, text]) => {
    if (text.length > MAX_TEXT || seen.has(text)) return []
    seen.add(text)
    return [{ name, tree: parse(text, { version: '1.1' }) as Tree }]
  })
}

type Named = readonly [name: string, text: string]

function documents(folder: string): readonly Named[] {
  return allDocuments().flatMap((document) => {
    if (document.mode === 'serve') return [[document.id, textOf(document, document.config, folder)] as const]
    return document.cases
      .filter(({ text }) => text === undefined)
      .map(({ name, config }) => {
        const merged = mergeTrees(document.config as Tree, config as Tree) as Parts
        return [`${document.id}: ${name}`, textOf(document, merged, folder)] as const
      })
  })
}

function textOf({ origins }: Document, parts: Parts, folder: string): string {
  const ports = new Map(Object.keys(origins).map((name, i) => [name, { port: 8001 + i }]))
  const places: Places = { folder, origins: ports, refused: REFUSED_PORT }
  return configurationText(parts, origins, places)
}

function examples(): readonly Named[] {
  return EXAMPLES.flatMap(([folder, file]) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((each) => path.basename(each) === file)
      .toSorted()
      .map((each) => [path.join(folder, each), readFileSync(path.join(ROOT, folder, each), 'utf8')] as const),
  )
}

function generated(folder: string, seed: number): readonly Named[] {
  return fc.sample(pairsOf(), { seed, numRuns: GENERATED }).map((pair, i) => {
    const { document } = documentOf(`generated-${i}`, [pair])
    return [document.id, textOf(document, document.config, folder)] as const
  })
}
