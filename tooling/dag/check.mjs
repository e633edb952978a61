// Checks every import of every room against dag.txt. Prints what breaks the law and exits 1.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { importsOf, readLaw, root, roomOf } from './law.mjs'

const DOORS = /^@nuncio\/[a-z-]+(\/testing|\/proxy)?$/
const broken = []
let files = 0

for (const room of readLaw()) {
  for (const file of globSync('src/**/*.{ts,tsx}', { cwd: path.join(root, room.dir) })) {
    files++
    const test = /\.(test|bench|fuzz)\.ts$/.test(file) || /(^|\/)testing(\/|\.)/.test(file)
    const at = `${room.dir}/${file}`
    for (const specifier of importsOf(readFileSync(path.join(root, room.dir, file), 'utf8'))) judge(room, at, specifier, test)
  }
}

function judge(room, at, specifier, test) {
  if (specifier.startsWith('.')) {
    const target = path.join(path.dirname(at), specifier)
    if (!target.startsWith(`${room.dir}/src/`)) broken.push(`${at}: ${specifier} leaves the room; import its package instead`)
    return
  }
  if (room.kind === 'pure' && !test && (specifier.startsWith('node:') || specifier === 'undici')) {
    broken.push(`${at}: ${specifier}: a pure room has no window onto the machine`)
  }
  const other = roomOf(specifier)
  if (!other) return
  if (!DOORS.test(specifier)) broken.push(`${at}: ${specifier}: no deep imports, only the package and its named doors`)
  if (!test && other !== room.name && !room.may.includes(other)) {
    broken.push(`${at}: ${room.name} may not use ${other} (tooling/dag/dag.txt)`)
  }
}

for (const line of broken) console.error(line)
console.log(`dag: ${files} files, ${broken.length} imports break the law`)
process.exit(broken.length > 0 ? 1 : 0)
