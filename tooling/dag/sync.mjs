// Writes what follows from dag.txt and the imports: each room's tsconfig.json, the workspace part of its
// package.json, and the root's project references. `--check` only compares.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { importsOf, readLaw, root, roomOf } from './law.mjs'

const check = process.argv.includes('--check')
const stale = []
const rooms = readLaw()
const read = (file) => (existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : '')

function put(file, text) {
  if (read(file) === text) return
  stale.push(file)
  if (check) return
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  writeFileSync(path.join(root, file), text)
}
const json = (value) => `${JSON.stringify(value, null, 2)}\n`

/** Who ships the table of Envoy's API says whose it is. */
const NOTICED = new Set(['packages/config', 'apps/proxy'])

/** The sources go with what is made of them, for debuggers and editors. What is generated is large and says nothing. */
function filesOf(room) {
  const notice = NOTICED.has(room.dir) ? ['NOTICE'] : []
  return ['dist', 'src/**/*.ts', ...notice, '!**/*.tsbuildinfo', '!**/*.{test,bench,fuzz}.ts', '!src/generated']
}

/** The rooms that the sources of a room (tests apart) really import. */
function uses(room) {
  const used = new Set()
  for (const file of globSync('src/**/*.{ts,tsx}', { cwd: path.join(root, room.dir) })) {
    if (/\.(test|bench|fuzz)\.tsx?$/.test(file)) continue
    for (const specifier of importsOf(read(`${room.dir}/${file}`))) {
      const other = roomOf(specifier)
      if (other && other !== room.name) used.add(other)
    }
  }
  return rooms.filter((r) => used.has(r.name))
}

function tsconfig(room, used) {
  const up = '../'.repeat(room.dir.split('/').length)
  return json({
    extends: `${up}tooling/tsconfig/${room.kind}.json`,
    compilerOptions: { rootDir: 'src', outDir: 'dist' },
    include: ['src'],
    exclude: ['**/*.test.ts', '**/*.bench.ts', '**/*.fuzz.ts', ...(room.kind === 'browser' ? ['**/*.e2e.ts'] : [])],
    references: used.map((r) => ({ path: `${up}${r.dir}` })),
  })
}

function doors(room, source) {
  const entries = {
    '.': 'index',
    ...(existsSync(path.join(root, room.dir, 'src/testing/index.ts')) && { './testing': 'testing/index' }),
    ...(existsSync(path.join(root, room.dir, 'src/describe/index.ts')) && { './describe': 'describe/index' }),
    ...(existsSync(path.join(root, room.dir, 'src/validate/index.ts')) && { './validate': 'validate/index' }),
    ...(existsSync(path.join(root, room.dir, 'src/tools/index.ts')) && { './tools': 'tools/index' }),
    ...(existsSync(path.join(root, room.dir, 'src/proxy/index.ts')) &&
      room.name === 'testkit' && { './proxy': 'proxy/index' }),
  }
  return Object.fromEntries(
    Object.entries(entries).map(([door, file]) => [
      door,
      {
        ...(source && { '@nuncio/source': `./src/${file}.ts` }),
        types: `./dist/${file}.d.ts`,
        default: `./dist/${file}.js`,
      },
    ]),
  )
}

/**
 * `x.in-parts.ts` stands in for `x.ts` where a bundle is made in parts: under the condition `@nuncio/in-parts`, which
 * nobody has who did not ask for it. Both are imported as `#x`.
 */
function seams(room, source) {
  const pair = (file) => ({ ...(source && { '@nuncio/source': `./src/${file}.ts` }), default: `./dist/${file}.js` })
  const found = globSync('src/**/*.in-parts.ts', { cwd: path.join(root, room.dir) }).map((file) =>
    file.slice('src/'.length, -'.in-parts.ts'.length),
  )
  if (found.length === 0) return undefined
  return Object.fromEntries(
    found
      .toSorted()
      .map((file) => [`#${path.basename(file)}`, { '@nuncio/in-parts': pair(`${file}.in-parts`), ...pair(file) }]),
  )
}

function manifest(room, used) {
  const old = JSON.parse(read(`${room.dir}/package.json`) || '{}')
  const app = room.dir.startsWith('apps/')
  const third = Object.fromEntries(
    Object.entries(old.dependencies ?? {}).filter(([name]) => !name.startsWith('@nuncio/')),
  )
  const own = Object.fromEntries(used.map((r) => [r.pkg, 'workspace:*']))
  const imports = (source) => ({ imports: seams(room, source) })
  const dependencies = Object.fromEntries(Object.entries({ ...own, ...third }).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return json({
    name: room.pkg,
    version: old.version ?? '0.0.0',
    ...(old.private && { private: true }),
    description: old.description ?? '',
    keywords: old.keywords,
    license: 'Apache-2.0',
    repository: { type: 'git', url: 'git+https://github.com/nuncio-proxy/nuncio.git', directory: room.dir },
    ...(old.bin && { bin: old.bin }),
    files: room.kind === 'browser' ? old.files : filesOf(room),
    type: 'module',
    sideEffects: old.sideEffects ?? false,
    ...imports(true),
    ...(!app && { exports: doors(room, true) }),
    ...(!old.private && {
      publishConfig: { ...imports(false), ...(!app && { exports: doors(room, false) }), access: 'public' },
    }),
    scripts: old.scripts ?? {
      build: 'tsc -b',
      'lint:pkg': `publint --strict --pack pnpm${app ? '' : ' && attw --pack . --profile esm-only'}`,
    },
    dependencies,
    ...(old.devDependencies && { devDependencies: old.devDependencies }),
    ...(old.optionalDependencies && { optionalDependencies: old.optionalDependencies }),
    engines: { node: '>=22.19' },
  })
}

for (const room of rooms) {
  const used = uses(room)
  put(`${room.dir}/tsconfig.json`, tsconfig(room, used))
  put(`${room.dir}/package.json`, manifest(room, used))
  if (NOTICED.has(room.dir)) put(`${room.dir}/NOTICE`, read('NOTICE'))
}
const references = rooms.map((room) => ({ path: room.dir }))
const tests = [{ path: 'tsconfig.test.json' }, { path: 'apps/playground/e2e' }]
put('tsconfig.json', json({ files: [], references: [...references, ...tests] }))
const test = JSON.parse(read('tsconfig.test.json'))
put('tsconfig.test.json', json({ ...test, references }))
const top = JSON.parse(read('package.json'))
const others = Object.entries(top.devDependencies).filter(([name]) => name !== 'nuncio' && !name.startsWith('@nuncio/'))
const links = rooms.filter((room) => !room.dir.startsWith('apps/')).map((room) => [room.pkg, 'workspace:*'])
top.devDependencies = Object.fromEntries([...others, ...links].toSorted(([a], [b]) => (a < b ? -1 : 1)))
put('package.json', json(top))

for (const file of stale) console.log(`${check ? 'stale' : 'wrote'} ${file}`)
if (!check && stale.some((file) => file.endsWith('package.json'))) {
  console.log('manifests changed: run `node tooling/bootstrap/run.mjs pnpm install`, and commit the lockfile with them')
}
if (check && stale.length > 0) console.error('run `npm run sync`')
process.exit(check && stale.length > 0 ? 1 : 0)
