import { formatFindings, lint as lintView, lintRules, type LintRule } from '@nuncio/checks'
import type { Problem } from '@nuncio/config'
import { listed, oneOf, readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { isError, openFile } from './open-config.ts'
import { useColour } from './print-problems.ts'
import { FORMATS, print } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'

const LINE = {
  name: 'lint',
  usage: 'FILE… [options]',
  about:
    'Looks for what is legal and probably not meant: shadowed routes, retries that cannot fit, open doors. A comment\n' +
    '# nuncio-lint-disable-next-line CODE switches a rule off for a line, nuncio-lint-disable-file for a file.\n' +
    'Exit code: 0 nothing but notes, 1 warnings or errors, 2 could not run.',
  options: {
    format: { type: 'string', value: 'format', help: 'pretty (default), json, sarif, github' },
    only: { type: 'string', multiple: true, value: 'code', help: 'run these rules only' },
    disable: { type: 'string', multiple: true, value: 'code', help: 'leave these rules out' },
    strict: { type: 'boolean', help: 'notes fail too' },
    quiet: { type: 'boolean', short: 'q', help: 'leave out notes' },
    rules: { type: 'boolean', help: 'list the rules' },
    explain: { type: 'string', value: 'code', help: 'say what a rule is about' },
    ...FILTER_OPTION,
  },
} as const

/** `nuncio lint FILE…`: what is legal and probably not meant. */
export const lint: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    if (values.rules === true) return await say([...lintRules.values()].map(ruleLine).join(''))
    if (values.explain !== undefined) return await say(ruleText(values.explain))
    const format = oneOf(LINE, 'format', values.format, FORMATS)
    if (words.length === 0) throw usageError(LINE, 'lint needs a file')
    const options = { only: listed(values.only), disable: listed(values.disable) }
    const { definitions } = await productWith(values.filter)
    const problems: Problem[] = []
    const texts = new Map<string, string>()
    for (const file of words) {
      const view = openFile(file, definitions)
      const findings = lintView(view, options)
      // What keeps the file from being read is worth more than any rule; a missing cluster is said once.
      const places = new Set(findings.map(({ file: name, line, column }) => `${name}:${line}:${column}`))
      const errors = view.problems.filter(
        (each) =>
          isError(each) &&
          !(each.code === 'dangling-reference' && places.has(`${each.file}:${each.line}:${each.column}`)),
      )
      problems.push(...errors, ...findings)
      for (const [name, text] of view.texts) texts.set(name, text)
    }
    const shown = values.quiet === true ? problems.filter(({ severity }) => severity !== 'info') : problems
    await print(formatFindings(format, shown, texts, useColour(process.stdout)))
    return problems.some(({ severity }) => severity !== 'info' || values.strict === true) ? 1 : 0
  },
}

async function say(text: string): Promise<number> {
  await print(text)
  return 0
}

function ruleLine({ code, severity, title }: LintRule): string {
  return `${code.padEnd(26)} ${severity.padEnd(8)} ${title}\n`
}

function ruleText(code: string): string {
  const rule = lintRules.get(code)
  if (rule === undefined) throw usageError(LINE, `there is no lint rule ${code}; nuncio lint --rules lists them`)
  return `${rule.code} (${rule.severity})\n\n${rule.title}\n\n${rule.why}\n`
}
