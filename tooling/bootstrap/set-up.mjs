// What a fresh clone needs once: the pinned pnpm, the locked dependencies (the pinned Node is one of them), and the
// configuration table generated from Envoy's protos. Two stamps say what is there; checking them takes milliseconds.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The oldest Node that can run the sources, where a platform has no pinned one. */
const MIN_NODE = [22, 19]
const windows = process.platform === 'win32'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const at = (...parts) => path.join(root, ...parts)
const pnpm = JSON.parse(readFileSync(at('package.json'), 'utf8')).packageManager.split('+')[0]

/** The commands of the workspace's dependencies. */
export const binFolder = at('node_modules/.bin')
/** Beside the clone's own files, not in the user's cache: set-up stays done when HOME changes or the network goes. */
const pnpmHome = at('.cache', pnpm.replace('@', '-'))
export const pnpmFolder = path.join(pnpmHome, 'node_modules/.bin')

const installStamp = at('node_modules/.bootstrap.json')
const generated = at('packages/config/src/generated')
const generatedFiles = ['table/first.ts', 'table/rest.ts', 'docs.ts', 'messages.ts']
const generateStamp = path.join(generated, '.stamp')

const lockfile = () => readFileSync(at('pnpm-lock.yaml'))
const hash = (...parts) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest('hex')
// The root is part of it: a copied clone must not run on the Node of the one it was copied from.
const installKey = () => hash([process.platform, process.arch, pnpm, root].join(), lockfile())

function generateKey() {
  const folder = at('tooling/generate')
  const sources = readdirSync(folder).toSorted()
  return hash(lockfile(), ...sources.map((file) => readFileSync(path.join(folder, file))))
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** The Node of a finished set-up, or undefined where something is missing or stale. */
function installed() {
  const stamp = readJson(installStamp)
  return stamp?.key === installKey() && existsSync(stamp.node) && existsSync(pnpmFolder) ? stamp.node : undefined
}

function isGenerated() {
  if (generatedFiles.some((file) => !existsSync(path.join(generated, file)))) return false
  return readJson(generateStamp)?.key === generateKey()
}

/** What a set-up tool says is shown when it fails, on standard error: standard output belongs to the command. */
function run(command, args, help) {
  const done = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
  })
  if (!done.error && done.status === 0) return
  throw new Error([done.error?.message, done.stdout, done.stderr, help].filter(Boolean).join('\n'))
}

const UNREACHABLE =
  'The set-up failed. Is the npm registry reachable? Else delete node_modules and .cache and try again.'

function install() {
  if (!existsSync(pnpmFolder)) {
    mkdirSync(pnpmHome, { recursive: true })
    const quiet = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error', '--no-update-notifier']
    run('npm', ['install', '--prefix', windows ? `"${pnpmHome}"` : pnpmHome, ...quiet, pnpm], UNREACHABLE)
  }
  // --trust-lockfile: the lockfile carries the hashes; asking the registry about each entry again takes ten seconds.
  const args = ['install', '--frozen-lockfile', '--trust-lockfile', '--reporter=append-only']
  const command = path.join(pnpmFolder, windows ? 'pnpm.cmd' : 'pnpm')
  run(windows ? `"${command}"` : command, args, UNREACHABLE)
}

/** The Node to run on: the pinned one, or the host's where that platform has none (musl, say). */
function pickNode() {
  const pinned = path.join(binFolder, windows ? 'node.exe' : 'node')
  if (existsSync(pinned) && spawnSync(pinned, ['-v']).status === 0) return pinned
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return process.execPath
  const platform = `${process.platform}-${process.arch}`
  throw new Error(`No pinned Node.js for ${platform}; install Node.js >= ${MIN_NODE.join('.')} and try again.`)
}

function generate(node) {
  run(node, [at('tooling/generate/run.mjs')], 'The configuration table could not be generated from the Envoy protos.')
  writeFileSync(generateStamp, JSON.stringify({ key: generateKey() }))
}

const isRunning = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Runs `work` while no other set-up of this clone runs: `npm start` and `npm test` may well begin together. */
async function alone(work) {
  const lock = at('.cache/set-up.lock')
  mkdirSync(path.dirname(lock), { recursive: true })
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const owner = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : 0)
      if (owner > 0 && !isRunning(owner)) rmSync(lock, { force: true })
      else {
        if (!waited) console.error(`Waiting for another set-up of this clone (process ${owner})...`)
        await sleep(200)
      }
    }
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Whether there is nothing to set up. */
export const isSetUp = () => installed() !== undefined && isGenerated()

/** Brings the clone up to date if it is not, and answers the path of the Node to run on. */
export async function setUp() {
  const ready = installed()
  if (ready && isGenerated()) return ready
  return alone(() => {
    const began = Date.now()
    let node = installed()
    if (node && isGenerated()) return node
    if (!node) {
      console.error('Setting up the workspace (once, up to a minute)...')
      install()
      node = pickNode()
      writeFileSync(installStamp, JSON.stringify({ key: installKey(), node }))
    }
    if (!isGenerated()) generate(node)
    console.error(`Set up in ${((Date.now() - began) / 1000).toFixed(1)} s.`)
    return node
  })
}
