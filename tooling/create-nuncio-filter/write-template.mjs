// Writes the files of a template, with names filled in.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** The spellings of a filter's name; throws when it is not kebab-case. */
export function namesOf(name) {
  if (!KEBAB.test(name)) throw new Error(`"${name}" is no name for a filter: write it like rate-card`)
  const camel = name.replace(/-([a-z0-9])/g, (_, char) => char.toUpperCase())
  return {
    kebab: name,
    camel,
    snake: name.replaceAll('-', '_'),
    pascal: camel[0].toUpperCase() + camel.slice(1),
  }
}

const TEMPLATES = path.join(import.meta.dirname, 'template')

/**
 * Writes the files of a template into a folder and answers their names. `{{key}}` in contents, and `__key__` in the names of
 * files, is replaced by the value. Files that are there are not touched: one of them is an error.
 */
export function writeTemplate(template, folder, values) {
  const source = path.join(TEMPLATES, template)
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)))
  const targets = files.map((file) => [
    file,
    path.join(folder, filled(file, values, /__(\w+?)__/g).replace(/\.template$/, '')),
  ])
  const there = targets.find(([, target]) => existsSync(target))
  if (there) throw new Error(`${there[1]} is there already`)
  for (const [file, target] of targets) {
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, filled(readFileSync(path.join(source, file), 'utf8'), values, /\{\{(\w+)\}\}/g))
  }
  return targets.map(([, target]) => target)
}

function filled(text, values, pattern) {
  return text.replace(pattern, (whole, key) => {
    if (!(key in values)) throw new Error(`the template asks for ${key}`)
    return values[key]
  })
}
