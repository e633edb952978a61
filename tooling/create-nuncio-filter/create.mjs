#!/usr/bin/env node
// npm create nuncio-filter NAME [FOLDER]
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { namesOf, writeTemplate } from './write-template.mjs'

const [name, folder = name] = process.argv.slice(2)
if (name === undefined || name.startsWith('-')) {
  const asked = name === '--help' || name === '-h'
  const say = asked ? console.log : console.error
  say('Usage: npm create nuncio-filter NAME [FOLDER]\n\nNAME is that of the filter and the package, such as rate-card.')
  process.exit(asked ? 0 : 2)
}
try {
  const names = namesOf(name)
  const target = path.resolve(folder)
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty`)
  const type = `${names.snake}.v1.${names.pascal}`
  const values = { ...names, type, filterName: `${names.snake}.filters.http.${names.snake}` }
  writeTemplate('package', target, values)
  writeTemplate('folder', path.join(target, 'src'), values)
  console.log(
    `${folder} is there. Next:\n\n  cd ${folder}\n  npm install\n  npm test\n  npx nuncio dev -c example.yaml --filter ./src/index.ts`,
  )
} catch (error) {
  console.error(`create-nuncio-filter: ${error.message}`)
  process.exit(1)
}
