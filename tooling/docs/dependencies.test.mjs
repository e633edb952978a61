import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'docs/decisions/dependencies.md'), 'utf8')

/** The dependencies in a manifest that are not of this repository. */
function foreign(folder, kind) {
  const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
  return Object.entries(manifest[kind] ?? {}).flatMap(([name, range]) => (range.startsWith('workspace:') ? [] : name))
}

/** The lines of tables: the names in the first column, and the second column. */
const rows = [...page.matchAll(/^\| (`.*?) +\| (.*?) +\|/gm)].map(([, names, second]) => ({
  names: [...names.matchAll(/`(.*?)`/g)].map(([, name]) => name),
  second,
}))

test('the page says of each dependency of a published package who needs it, and of no other', () => {
  const folders = readdirSync(path.join(root, 'packages'))
  const needed = folders.flatMap((folder) =>
    foreign(`packages/${folder}`, 'dependencies').map((name) => `${name}: ${folder}`),
  )
  const told = rows.flatMap(({ names, second }) =>
    second.split(', ').every((folder) => folders.includes(folder))
      ? names.flatMap((name) => second.split(', ').map((folder) => `${name}: ${folder}`))
      : [],
  )
  expect(new Set(told)).toEqual(new Set(needed))
})

test('the page has a line for each dependency of the repository itself', () => {
  const told = new Set(rows.flatMap(({ names }) => names))
  expect(foreign('.', 'devDependencies').filter((name) => !told.has(name))).toEqual([])
})
