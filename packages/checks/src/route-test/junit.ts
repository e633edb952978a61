import type { RouteTestReport, TestResult } from './run.ts'

/** A report in the XML that CI systems read as JUnit's. */
export function formatJunit(report: RouteTestReport): string {
  const files = new Map<string, TestResult[]>()
  for (const result of report.results) {
    const list = files.get(result.file)
    if (list === undefined) files.set(result.file, [result])
    else list.push(result)
  }
  const suites = [...files].map(([file, results]) => {
    const failures = results.filter(({ passed }) => !passed).length
    return `  <testsuite name="${escape(file)}" tests="${results.length}" failures="${failures}">\n${results.map(testcase).join('')}  </testsuite>\n`
  })
  const counts = `tests="${report.results.length}" failures="${report.failed}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="nuncio route-test" ${counts}>\n${suites.join('')}</testsuites>\n`
}

function testcase({ name, file, position, passed, failures }: TestResult): string {
  const head = `    <testcase name="${escape(name)}" classname="${escape(file)}" file="${escape(file)}"${position === undefined ? '' : ` line="${position.line}"`}`
  if (passed) return `${head}/>\n`
  const texts = failures.map(({ field, expected, actual }) =>
    field === '' ? actual : `expected: [${expected}], actual: [${actual}], test type: ${field}`,
  )
  return `${head}>\n      <failure message="${escape(texts[0] ?? '')}">${escape(texts.join('\n'))}</failure>\n    </testcase>\n`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}

/** XML takes no control characters, not even escaped ones. */
function escape(text: string): string {
  let out = ''
  for (const char of text) out += ENTITIES[char] ?? (char < ' ' && char !== '\t' ? '\ufffd' : char)
  return out
}
