// npm run new filter NAME
//
// Writes the folder of an HTTP filter into packages/http-filters, and its line into the registry.
import { namesOf, writeTemplate } from 'create-nuncio-filter/write-template'
import { appendFileSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const [kind, name] = process.argv.slice(2)

try {
  if (kind !== 'filter' || name === undefined) throw new Error('usage: npm run new filter NAME')
  const names = namesOf(name)
  const values = {
    ...names,
    type: `nuncio.filters.http.${names.snake}.v1.${names.pascal}`,
    filterName: `nuncio.filters.http.${names.snake}`,
  }
  const registry = path.join(root, 'packages/http-filters/src/registry.ts')
  const line = `export { ${names.camel} } from './${name}/index.ts'\n`
  if (readFileSync(registry, 'utf8').includes(line)) throw new Error(`${name} is in the registry already`)
  const folder = path.join(root, 'packages/http-filters/src', name)
  const files = [...writeTemplate('folder', folder, values), ...writeTemplate('in-tree', folder, values)]
  const example = path.join(folder, 'example.yaml')
  const scratch = path.join(root, '.cache/new-filter')
  rmSync(scratch, { recursive: true, force: true })
  writeTemplate('package', scratch, values)
  renameSync(path.join(scratch, 'example.yaml'), example)
  rmSync(scratch, { recursive: true })
  appendFileSync(registry, line)
  for (const file of [...files, example, registry]) console.log(`wrote ${path.relative(root, file)}`)
  console.log(
    `\nNext: npm test -- packages/http-filters/src/${name}\nThen \`npm run docs\`, and \`npm run check\` before you commit.`,
  )
} catch (error) {
  console.error(`new: ${error.message}`)
  process.exit(1)
}
