// Who may use whom: every import of every room, and the few globals that would be a window onto the machine.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { importsOf, root, roomOf } from './law.mjs'

const DOORS = /^@nuncio\/[a-z-]+(\/testing|\/proxy|\/describe|\/validate|\/tools)?$/
const TESTS = /\.(test|bench|fuzz)\.tsx?$|(^|\/)testing(\/|\.)/

/** What a pure room may not say, even in a file whose lint is switched off. */
const WINDOWS = [
  [/\bMath\.random\(/, 'Math.random(): chance is injected, take a RandomGenerator'],
  [/\b(?:Date\.now\(|new Date\()/, 'Date: a pure room has no clock, take a TimeSource'],
  [/\bperformance\.now\(/, 'performance.now(): a pure room has no clock, take a TimeSource'],
  [/\bglobalThis\b/, 'globalThis: a pure room takes what it needs as an argument'],
]

/** @returns {{files: number, broken: string[]}} */
export function checkImports(rooms) {
  const broken = []
  let files = 0
  for (const room of rooms) {
    for (const file of globSync('src/**/*.{ts,tsx}', { cwd: path.join(root, room.dir) })) {
      files++
      const at = `${room.dir}/${file}`
      const test = TESTS.test(file)
      const source = readFileSync(path.join(root, at), 'utf8')
      for (const specifier of importsOf(source)) broken.push(...judgeImport(room, at, specifier, test))
      if (room.kind === 'pure' && !test && !file.includes('/generated/')) broken.push(...judgeText(at, source))
    }
  }
  return { files, broken }
}

function judgeImport(room, at, specifier, test) {
  if (specifier.startsWith('.')) {
    const target = path.join(path.dirname(at), specifier)
    return target.startsWith(`${room.dir}/src/`) || target === `${room.dir}/package.json`
      ? []
      : [`${at}: ${specifier} leaves the room; import its package instead`]
  }
  const broken = []
  if (room.kind !== 'node' && !test && (specifier.startsWith('node:') || specifier === 'undici')) {
    broken.push(`${at}: ${specifier}: a pure room has no window onto the machine; put a contract here, fulfil it below`)
  }
  const other = roomOf(specifier)
  if (!other) return broken
  if (!DOORS.test(specifier)) broken.push(`${at}: ${specifier}: no deep imports, only the package and its named doors`)
  if (!test && other !== room.name && !room.may.includes(other)) {
    broken.push(`${at}: ${room.name} may not use ${other}; move the code up, or change tooling/dag/dag.txt on purpose`)
  }
  return broken
}

function judgeText(at, source) {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '))
  return WINDOWS.flatMap(([pattern, message]) => {
    const found = pattern.exec(code)
    return found ? [`${at}:${code.slice(0, found.index).split('\n').length}: ${message}`] : []
  })
}
