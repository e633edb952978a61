// npm run docs [-- --check]: writes the pages that follow from code. With --check it only
// compares, and says which relative links of any Markdown file lead nowhere, and which fields are refused without a reason.
//   docs/support.md         which messages and fields of Envoy's API nuncio honours, from what the parts declare
//   docs/compatibility.md   how the cases came out that Envoy and nuncio both played
//   docs/differences.md     where they differ, and why
//   apps/proxy/src/generated/product.ts   what support.md says, for tools that do not load the server
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { checkLinks } from './links.mjs'
import { bareRefusals, supportPage } from './support.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const check = process.argv.includes('--check')
const at = (file) => path.join(root, file)
const load = (file) => import(pathToFileURL(at(file)).href)

/** @returns the generated pages, and the fields that they say are refused without saying why */
async function pages() {
  const { definitions, honours } = await load('packages/server/src/index.ts')
  const { envoySchema } = await load('packages/config/src/schema/schema.ts')
  const { productText } = await load('apps/proxy/src/cli/product-text.ts')
  const { conformancePages } = await load('tooling/conformance/report/pages.ts')
  const { table } = envoySchema()
  const all = [
    ['docs/support.md', supportPage(table, honours)],
    ['apps/proxy/src/generated/product.ts', productText(honours, definitions)],
    ...conformancePages(),
  ]
  return { all, bare: bareRefusals(table, honours) }
}

const stale = []
const { all, bare } = await pages()
for (const [file, text] of all) {
  if (existsSync(at(file)) && readFileSync(at(file), 'utf8') === text) continue
  stale.push(file)
  if (!check) writeFileSync(at(file), text)
}
for (const file of stale) console.log(`${check ? 'stale' : 'wrote'} ${file}`)
const dead = check ? checkLinks(root) : []
for (const line of dead) console.error(line)
for (const field of bare) console.error(`${field} is refused without a reason: say one where it is declared`)
if (check && stale.length > 0) console.error('run `npm run docs`')
const summary = check ? `${stale.length} stale, ${dead.length} dead links` : `${stale.length} written`
console.log(`docs: ${all.length} generated pages, ${summary}`)
process.exit(check && stale.length + dead.length + bare.length > 0 ? 1 : 0)
