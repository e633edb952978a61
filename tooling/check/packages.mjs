// Would each package work for those who install it? Packs all of them at once, then asks publint (the manifest) and
// attw (do the types resolve) about each tarball, in this process: one compiler start instead of forty.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { readLaw } from '../dag/law.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
// The library below the attw command; pnpm links only the command itself into the root.
const cli = createRequire(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json'))
const attw = await import(pathToFileURL(cli.resolve('@arethetypeswrong/core')).href)

/** ESM only: what a CommonJS consumer on Node < 22.12 or with node10 resolution meets is known and documented. */
const IGNORED_RESOLUTIONS = new Set(['node10', 'node16-cjs'])
const IGNORED_PROBLEMS = new Set(['CJSResolvesToESM'])

function pack(folder) {
  const windows = process.platform === 'win32'
  const args = ['-r', 'pack', '--pack-destination', folder, '--pack-gzip-level', '1', '--json']
  execFileSync('pnpm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], shell: windows })
  const ours = new Set(readLaw().map((room) => room.pkg.replace('@', '').replace('/', '-')))
  return readdirSync(folder).filter((file) => ours.has(file.replace(/-\d+\.\d+\.\d+.*\.tgz$/, '')))
}

async function lintManifest(tarball) {
  const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true })
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`)
}

async function lintTypes(tarball) {
  const pkg = attw.createPackageFromTarballData(new Uint8Array(tarball))
  // A package that is only a binary has nothing to import, hence no types.
  const manifest = JSON.parse(pkg.readFile(`/node_modules/${pkg.packageName}/package.json`))
  if (!manifest.exports) return []
  const result = await attw.checkPackage(pkg)
  if (!result.types) return ['attw: no types in the package']
  return result.problems
    .filter((problem) => !IGNORED_PROBLEMS.has(problem.kind) && !IGNORED_RESOLUTIONS.has(problem.resolutionKind))
    .map((problem) => `attw: ${problem.kind} ${problem.entrypoint ?? ''} ${problem.resolutionKind ?? ''}`.trimEnd())
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-pack-'))
let broken = 0
try {
  const tarballs = pack(folder)
  for (const file of tarballs) {
    const tarball = readFileSync(path.join(folder, file))
    const name = file.replace(/-\d+\.\d+\.\d+.*$/, '')
    const found = [...(await lintManifest(tarball)), ...(await lintTypes(tarball))]
    for (const line of found) console.error(`${name}: ${line}`)
    if (found.length > 0) broken++
  }
  console.log(`packages: ${tarballs.length} packed and looked at, ${broken} with problems`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(broken > 0 ? 1 : 0)
