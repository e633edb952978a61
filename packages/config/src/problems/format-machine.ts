import type { Problem, Severity } from '../problem.ts'
import { PROBLEM_CODES } from './codes.ts'

/** Problems as a JSON list. */
export function formatJson(problems: readonly Problem[]): string {
  return `${JSON.stringify(problems, undefined, 2)}\n`
}

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/** Problems as workflow commands of GitHub Actions, which shows them beside the changed lines. */
export function formatGithub(problems: readonly Problem[]): string {
  return problems
    .map(({ severity, file, line, column, code, message, hint }) => {
      const place = file === '' ? '' : `file=${property(file)},line=${Math.max(1, line)},col=${Math.max(1, column)},`
      return `::${COMMANDS[severity]} ${place}title=${property(code)}::${escape(hint === '' ? message : `${message} (${hint})`)}\n`
    })
    .join('')
}

function escape(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return escape(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/** How the tool that found the problems is called in SARIF. */
export interface SarifOptions {
  readonly toolName?: string
  readonly toolVersion?: string
  readonly informationUri?: string
}

/** Problems in SARIF 2.1.0, which code scanning services read. */
export function formatSarif(problems: readonly Problem[], options: SarifOptions = {}): string {
  const codes = [...new Set(problems.map(({ code }) => code))]
  const driver = {
    name: options.toolName ?? 'nuncio',
    ...(options.toolVersion === undefined ? {} : { version: options.toolVersion }),
    ...(options.informationUri === undefined ? {} : { informationUri: options.informationUri }),
    rules: codes.map((id) => ({ id, shortDescription: { text: PROBLEM_CODES[id] ?? id } })),
  }
  const results = problems.map((problem) => ({
    ruleId: problem.code,
    ruleIndex: codes.indexOf(problem.code),
    level: LEVELS[problem.severity],
    message: { text: problem.hint === '' ? problem.message : `${problem.message}\n${problem.hint}` },
    locations: [locationOf(problem)],
  }))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

function locationOf({ file, line, column, path }: Problem): object {
  const uri = encodeURI(file.replaceAll('\\', '/'))
  return {
    physicalLocation: {
      artifactLocation: { uri: uri === '' ? 'configuration' : uri },
      region: { startLine: Math.max(1, line), startColumn: Math.max(1, column) },
    },
    ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
  }
}
