// What each folder owes: a package its README and its line in dag.txt; a filter or balancer its example, its test, its
// README and its one line in the registry.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './law.mjs'

/** Registries whose features people write configuration for, so that each owes a README and an example. */
const SHOWN = new Set(['http-filters', 'network-filters', 'balancers', 'listener/listener-filters'])
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.[a-z]+$/

const at = (...parts) => path.join(root, ...parts)
const text = (...parts) => (existsSync(at(...parts)) ? readFileSync(at(...parts), 'utf8') : '')
const folders = (dir) =>
  readdirSync(at(dir), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)

/** @returns {string[]} what is missing, one line each */
export function checkFolders(rooms) {
  return [
    ...checkKnown(rooms),
    ...checkLintList(rooms),
    ...rooms.flatMap((room) => checkRoom(room)),
    ...rooms.flatMap((room) => checkFeatures(room)),
  ]
}

function checkKnown(rooms) {
  const known = new Set(rooms.map((room) => room.dir))
  return folders('packages')
    .filter((name) => existsSync(at('packages', name, 'src')) && !known.has(`packages/${name}`))
    .map((name) => `packages/${name}: has no line in tooling/dag/dag.txt, so nothing says what it may use`)
}

/** The lint overrides for pure rooms name the packages; that list must be the law's. */
function checkLintList(rooms) {
  const config = JSON.parse(text('.oxlintrc.json'))
  const override = config.overrides.find((each) => 'eslint/no-restricted-globals' in each.rules)
  return rooms
    .filter((room) => override.files.includes(`${room.dir}/src/**/*.ts`) !== (room.kind === 'pure'))
    .map((room) => `.oxlintrc.json: ${room.dir} is ${room.kind} in dag.txt; the list of pure rooms says otherwise`)
}

function checkRoom(room) {
  const broken = []
  const readme = text(room.dir, 'README.md')
  if (readme === '') broken.push(`${room.dir}: no README.md: say what it is, when to use it alone, and show ten lines`)
  else if (!readme.includes(room.pkg)) broken.push(`${room.dir}/README.md: does not name ${room.pkg}`)
  for (const file of globSync('src/**/*.{ts,tsx}', { cwd: at(room.dir) })) {
    if (!KEBAB.test(path.basename(file))) broken.push(`${room.dir}/${file}: file names are kebab-case`)
  }
  return broken
}

/** One folder, one line: wherever a registry.ts is, the folders beside it are features. */
function checkFeatures(room) {
  return globSync('src/**/registry.ts', { cwd: at(room.dir) }).flatMap((file) => {
    const dir = path.dirname(`${room.dir}/${file}`)
    const shown = SHOWN.has(dir.replace(/^packages\//, '').replace(/\/src/, ''))
    const registry = text(dir, 'registry.ts')
    return folders(dir).flatMap((name) => checkFeature(`${dir}/${name}`, name, registry, shown))
  })
}

/** A folder is a feature when its index exports a definition; others hold what several features share. */
function checkFeature(dir, name, registry, shown) {
  if (!/\b\w*Definition\b/.test(text(dir, 'index.ts'))) return []
  const broken = []
  const lines = registry.split(`'./${name}/index.ts'`).length - 1
  if (lines === 0) broken.push(`${dir}: not in registry.ts: add its one line`)
  if (lines > 1) broken.push(`${dir}: named ${lines} times in registry.ts: one line each`)
  if (globSync('**/*.test.ts', { cwd: at(dir) }).length === 0) broken.push(`${dir}: no test beside the code`)
  if (!shown) return broken
  if (!existsSync(at(dir, 'README.md'))) broken.push(`${dir}: no README.md: when to use it, and its fields`)
  if (!existsSync(at(dir, 'example.yaml'))) broken.push(`${dir}: no example.yaml: a configuration that runs`)
  return broken
}
