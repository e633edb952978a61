// Reads dag.txt: the rooms, their kind, and which rooms each may use.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** @typedef {{name: string, kind: 'pure' | 'node' | 'browser', dir: string, pkg: string, may: string[]}} Room */

/** @returns {Room[]} the rooms that exist, in the order of the law */
export function readLaw(text = readFileSync(path.join(root, 'tooling/dag/dag.txt'), 'utf8')) {
  const rooms = []
  for (const line of text.split('\n')) {
    const [kind, name, ...may] = line.trim().split(/\s+/)
    if (!name || kind.startsWith('#')) continue
    const app = name.startsWith('apps/')
    const dir = app ? name : `packages/${name}`
    const known = new Set(rooms.map((room) => room.name))
    const unknown = may.find((other) => !known.has(other))
    if (unknown) throw new Error(`dag.txt: ${name} names ${unknown}, which is not on an earlier line`)
    rooms.push({ name, kind, dir, pkg: name === 'apps/proxy' ? 'nuncio' : `@nuncio/${path.basename(name)}`, may })
  }
  return rooms.filter((room) => existsSync(path.join(root, room.dir, 'src')))
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"\n]*?(?:from\s*)?['"]([^'"]+)['"]|(?:^|\n)\s*\}\s*from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** The module names that a source text imports. */
export function importsOf(source) {
  return [...source.matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? m[3])
}

/** `@nuncio/core/testing` → `core`; other names → undefined. */
export function roomOf(specifier) {
  return specifier.startsWith('@nuncio/') ? specifier.split('/')[1] : undefined
}
