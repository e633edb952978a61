// The tree is for every machine: no file of it may name the folder it was cloned into, a home folder, or the host of a
// package registry. Looks at what git tracks or would track.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const git = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
if (!existsSync(path.join(root, '.git'))) {
  console.log('house: not a git clone, so nothing says which files are ours; skipped')
  process.exit(0)
}
const files = execFileSync('git', git, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 })
  .split('\0')
  .filter(Boolean)

const home = os.homedir()
const rules = [
  [`${root}/`, 'the folder of this clone'],
  ...(home.length > 5 ? [[`${home}/`, 'a home folder']] : []),
  [
    /https?:\/\/[\w.-]*(?:npmjs\.(?:org|com)|npmmirror|pypi\.org|pkg\.github)[\w./-]*/,
    'the host of a package registry',
  ],
  [/resolution:.*\btarball:/, 'a tarball address in the lockfile'],
]

const found = []
for (const file of files) {
  const at = path.join(root, file)
  if (!existsSync(at) || statSync(at).size > 4 << 20 || file === 'tooling/check/house.mjs') continue
  const text = readFileSync(at, 'utf8')
  for (const [needle, what] of rules) {
    const index = typeof needle === 'string' ? text.indexOf(needle) : text.search(needle)
    if (index >= 0) found.push(`${file}:${text.slice(0, index).split('\n').length}: names ${what}`)
  }
}
for (const line of found) console.error(line)
console.log(`house: ${files.length} files, ${found.length} name this machine or a registry`)
process.exit(found.length > 0 ? 1 : 0)
