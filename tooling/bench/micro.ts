// npm run bench:micro -- [WORD]: runs the micro-benchmarks that sit beside the code (*.bench.ts), or those whose path has
// the word. Each runs in a Node.js of its own: what one leaves compiled or allocated must not colour the next.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '../..')
const word = process.argv[2] ?? ''

const files = globSync('packages/*/src/**/*.bench.ts', { cwd: ROOT }).filter((file) => file.includes(word))
if (files.length === 0) console.log(`no micro-benchmark${word ? ` has ${word} in its path` : ' is there'}`)
for (const file of files) {
  console.log(`\n${file}`)
  const done = spawnSync(process.execPath, ['--expose-gc', '--conditions=@nuncio/source', path.join(ROOT, file)], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  if (done.status !== 0) process.exitCode = 1
}
