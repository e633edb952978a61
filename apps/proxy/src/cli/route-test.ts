import {
  formatJunit,
  parseRouteTests,
  percentText,
  printReport,
  type RouteTestReport,
  runRouteTests,
  type TestFile,
  updateRouteTests,
} from '@nuncio/checks'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { oneOf, readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { openForAnswers } from './open-config.ts'
import { printProblems, useColour } from './print-problems.ts'
import { print } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'
import { readInput } from './read-file.ts'

const LINE = {
  name: 'route-test',
  usage: '-c FILE -t TESTS… [options]',
  about:
    "Tests where requests go. TESTS are files of Envoy's router_check_tool as they are, or our own *.routes.test.yaml, which\n" +
    'may name the configuration themselves. FILE is a route configuration, a bootstrap or a config_dump.\n' +
    'Exit code: 0 all pass, 1 some fail or too little is covered, 2 could not run.',
  options: {
    'config-path': { type: 'string', short: 'c', value: 'file', help: 'the configuration' },
    'test-path': { type: 'string', short: 't', multiple: true, value: 'file', help: 'a file of tests' },
    details: { type: 'boolean', short: 'd', help: 'name the tests that pass too' },
    'only-show-failures': { type: 'boolean', help: 'name failing tests only' },
    'fail-under': { type: 'string', short: 'f', value: 'percent', help: 'fail when less of the routes is covered' },
    covall: { type: 'boolean', help: 'coverage counts every field that a test could compare' },
    coverage: { type: 'boolean', help: 'list routes and predicates that no test reaches' },
    'detailed-coverage': { type: 'boolean', help: 'the same' },
    update: { type: 'boolean', help: 'write into the tests what came out' },
    format: { type: 'string', value: 'format', help: 'pretty (default), json, junit' },
    ...FILTER_OPTION,
    'output-path': { type: 'string', short: 'o', value: 'file', help: 'write the report there' },
    listener: { type: 'string', value: 'name', help: 'the listener that tests in our own format go through' },
    routes: { type: 'string', value: 'name', help: 'the route configuration, where there are several' },
    'disable-deprecation-check': { type: 'boolean', help: 'accepted for compatibility' },
    useproto: { type: 'boolean', short: 'p', help: 'accepted for compatibility' },
  },
} as const

/** `nuncio route-test -c FILE -t TESTS…`: tests of routes. */
export const routeTest: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    const format = oneOf(LINE, 'format', values.format, ['pretty', 'json', 'junit'])
    const files = [...(values['test-path'] ?? []), ...words]
    if (files.length === 0) throw usageError(LINE, 'route-test needs a file of tests: -t FILE')
    const wanted = percentOf(values['fail-under'])
    const groups = readTests(files, values['config-path'])
    if (groups === undefined) return 1
    const { definitions } = await productWith(values.filter)
    let failed = false
    const texts: string[] = []
    for (const [config, tests] of groups) {
      const { view, broken } = openForAnswers(config, definitions)
      if (broken) return 1
      const coverage = values.coverage === true || values['detailed-coverage'] === true
      const report = runRouteTests(view.loaded, tests, {
        listener: values.listener,
        routes: values.routes,
        predicates: coverage,
      })
      if (values.update === true) update(tests, report)
      const options = {
        details: values.details ?? false,
        onlyFailures: values['only-show-failures'] ?? false,
        comprehensive: values.covall ?? false,
        coverage,
        colour: useColour(process.stdout),
      }
      texts.push(
        format === 'json'
          ? `${JSON.stringify(report, undefined, 2)}\n`
          : format === 'junit'
            ? formatJunit(report)
            : printReport(report, options),
      )
      const percent = values.covall === true ? report.coverage.comprehensivePercent : report.coverage.percent
      const covered = wanted === undefined || percent >= wanted
      if (!covered) process.stderr.write(`Failed to meet coverage requirement: ${percentText(wanted)}%\n`)
      failed ||= !covered || (report.failed > 0 && values.update !== true)
    }
    if (values['output-path'] === undefined) await print(texts.join(''))
    else writeFileSync(values['output-path'], texts.join(''))
    return failed ? 1 : 0
  },
}

function percentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const percent = Number(text)
  if (text.trim() === '' || !(percent >= 0 && percent <= 100))
    throw usageError(LINE, `--fail-under ${text} is no percentage`)
  return percent
}

/** The tests by the configuration that they are about; undefined when a file cannot be understood, which was said. */
function readTests(
  files: readonly string[],
  config: string | undefined,
): ReadonlyMap<string, readonly TestFile[]> | undefined {
  const groups = new Map<string, TestFile[]>()
  let broken = false
  for (const file of files) {
    const { tests, problems, texts } = parseRouteTests(readInput(file), file)
    printProblems(problems, texts)
    if (tests === undefined) {
      broken = true
      continue
    }
    const about = config ?? (tests.config === '' ? undefined : path.join(path.dirname(file), tests.config))
    if (about === undefined) throw usageError(LINE, `${file} names no configuration: say which with -c FILE`)
    groups.set(about, [...(groups.get(about) ?? []), tests])
  }
  return broken ? undefined : groups
}

function update(tests: readonly TestFile[], report: RouteTestReport): void {
  for (const { file } of tests) {
    const text = Buffer.from(readInput(file)).toString('utf8')
    const updated = updateRouteTests(
      text,
      report.results.filter((result) => result.file === file),
    )
    if (updated.changes === 0) continue
    writeFileSync(file, updated.text)
    process.stderr.write(`${file}: ${updated.changes} ${updated.changes === 1 ? 'value' : 'values'} written\n`)
  }
}
