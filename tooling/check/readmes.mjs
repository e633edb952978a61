// Do the examples of the packages' READMEs, and those of the guide that say what they import, compile as strict TypeScript? What they print is tested elsewhere
// (tooling/docs/readme-examples.test.mjs, and beside the packages that it leaves out).
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const folder = path.join(root, '.cache/readmes')

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
let count = 0
for (const readme of ['README.md', ...globSync('packages/*/README.md', { cwd: root }).toSorted()]) {
  const name = path.basename(path.dirname(path.resolve(root, readme)))
  const blocks = [...readFileSync(path.join(root, readme), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
  for (const [i, [, block]] of blocks.entries()) writeFileSync(path.join(folder, `${name}-${i}.ts`), block)
  count += blocks.length
}
const guide = readFileSync(path.join(root, 'docs/write-a-filter.md'), 'utf8')
for (const [i, [, block]] of [...guide.matchAll(/```ts\n(import [\s\S]*?)```/g)].entries()) {
  writeFileSync(path.join(folder, `write-a-filter-${i}.ts`), block)
  count++
}
const config = {
  extends: '../../tooling/tsconfig/base.json',
  compilerOptions: {
    noEmit: true,
    composite: false,
    declarationMap: false,
    declaration: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    moduleDetection: 'force',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    noPropertyAccessFromIndexSignature: false,
    noUncheckedIndexedAccess: false,
  },
  include: ['*.ts'],
}
writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
try {
  execFileSync('tsc', ['-p', folder, '--pretty', 'false'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
} catch {
  console.error(
    'readmes: the examples of packages/NAME/README.md and docs/NAME.md, copied to .cache/readmes/NAME-N.ts, have the errors above',
  )
  process.exit(1)
}
console.log(`readmes: ${count} examples compile`)
