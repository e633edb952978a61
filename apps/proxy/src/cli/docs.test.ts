import { lintRules } from '@nuncio/checks'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { COMMANDS } from './commands.ts'

const root = path.resolve(import.meta.dirname, '../../../..')
const folder = path.join(root, 'docs/tools')
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'))

const BLOCK = /```console\n([\s\S]*?)```/g

afterEach(() => vi.restoreAllMocks())

/** What a command line prints, standard output and standard error together. */
async function outputOf(line: string): Promise<string> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
  let output = ''
  const write = (text: unknown, done?: unknown): boolean => {
    output += String(text)
    if (typeof done === 'function') (done as () => void)()
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
  const [name = '', ...argv] = words.slice(1)
  await COMMANDS.get(name)!.run(argv)
  vi.restoreAllMocks()
  return output
}

/** A page with what its commands print today. */
async function renewed(text: string): Promise<string> {
  let out = ''
  let at = 0
  for (const block of text.matchAll(BLOCK)) {
    out += `${text.slice(at, block.index)}\`\`\`console\n`
    const lines = block[1]!.split('\n').filter((line) => line.startsWith('$ nuncio '))
    for (const [i, line] of lines.entries()) {
      const printed = (await outputOf(line.slice(2))).trimEnd()
      out += `${i === 0 ? '' : '\n'}${line}\n${printed === '' ? '' : `${printed}\n`}`
    }
    out += '```'
    at = block.index + block[0].length
  }
  return out + text.slice(at)
}

function withRules(text: string): string {
  const rules = [...lintRules.values()].map(
    ({ code, severity, title, why }) => `### ${code}\n\n_${severity}_ ${title}\n\n${why}\n`,
  )
  return text.replace(
    /<!-- rules -->[\s\S]*<!-- end of rules -->/,
    `<!-- rules -->\n\n${rules.join('\n')}\n<!-- end of rules -->`,
  )
}

// `vitest run apps/proxy/src/cli/docs.test.ts --update` writes the pages anew.
test.each(pages)('docs/tools/%s shows what the tools print', async (page) => {
  process.chdir(root)
  const text = readFileSync(path.join(folder, page), 'utf8')
  await expect(withRules(await renewed(text))).toMatchFileSnapshot(path.join(folder, page))
})
