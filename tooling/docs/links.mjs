// Every relative link of a Markdown file has to lead somewhere.
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'

const LINK = /\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)/g
const SKIPPED = /(^|[\\/])(node_modules|dist|coverage|\.cache)[\\/]/

/** @returns {string[]} the links of a text that lead nowhere, by what `exists` says of paths relative to it */
export function deadLinks(text, exists) {
  const prose = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(LINK)].map((match) => match[1]).filter((target) => !exists(target))
}

/** @returns {string[]} `file: target` for each dead link of the tree */
export function checkLinks(root) {
  const files = globSync(['*.md', '{docs,examples,packages,apps,tooling}/**/*.md'], { cwd: root })
  return files
    .filter((file) => !SKIPPED.test(file))
    .flatMap((file) => {
      const from = path.dirname(path.join(root, file))
      const dead = deadLinks(readFileSync(path.join(root, file), 'utf8'), (target) =>
        existsSync(path.join(from, target)),
      )
      return dead.map((target) => `${file}: the link to ${target} leads nowhere`)
    })
}
