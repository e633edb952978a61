import { type Document, isMap, isScalar, type Node, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml'
import type { TestResult } from './run.ts'

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

export interface UpdatedTests {
  readonly text: string
  /** How many values were written. */
  readonly changes: number
}

/**
 * Writes into a test file what came out: values that were expected otherwise, and an `expect` for tests of our own format
 * that have none. Everything else stays as it is, comments and spacing too.
 */
export function updateRouteTests(text: string, results: readonly TestResult[]): UpdatedTests {
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false })
  const json = /^\s*[{[]/.test(text)
  const edits: Edit[] = []
  for (const result of results) {
    for (const { update } of result.failures) {
      const node = update && document.getIn(update.path, true)
      const edit = update && isScalar(node) ? replacement(node, update.value, json) : undefined
      if (edit !== undefined) edits.push(edit)
    }
    if (result.checks === 0 && Object.keys(result.suggestion).length > 0) {
      const edit = insertion(document, text, result, json)
      if (edit !== undefined) edits.push(edit)
    }
  }
  return { text: applied(text, edits), changes: edits.length }
}

/** From the end, so that places before an edit stay where they are. */
function applied(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((out, { from, to, text: inserted }) => out.slice(0, from) + inserted + out.slice(to), text)
}

function replacement(node: Scalar, value: string | number, json: boolean): Edit | undefined {
  if (!node.range) return undefined
  const [from, to] = node.range
  const quotes = json || node.type === 'QUOTE_DOUBLE' ? 'double' : node.type === 'QUOTE_SINGLE' ? 'single' : 'as needed'
  return { from, to, text: scalarText(value, quotes) }
}

type Quotes = 'double' | 'single' | 'as needed'

function scalarText(value: string | number, quotes: Quotes): string {
  if (typeof value === 'number') return String(value)
  if (quotes === 'single') return `'${value.replaceAll("'", "''")}'`
  const plain =
    quotes === 'as needed' &&
    /^[A-Za-z/][\w./:?=&+-]*[\w/]$|^[A-Za-z/]$|^\d+(?:\.\d+)?s$/.test(value) &&
    !WORDS.has(value.toLowerCase())
  return plain ? value : JSON.stringify(value)
}

/** Words that YAML does not take for texts. */
const WORDS = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'null', 'y', 'n'])

/** `expect` behind the last key of a test of our own format. */
function insertion(document: Document, text: string, result: TestResult, json: boolean): Edit | undefined {
  const test = document.getIn(['tests', result.index], true) as Node | undefined
  if (!isMap(test) || !test.range || !test.has('request') || test.has('expect')) return undefined
  const fields = Object.entries(result.suggestion).map(
    ([field, value]) => `${json ? `"${field}"` : field}: ${scalarText(value, json ? 'double' : 'as needed')}`,
  )
  const expect = `${json ? '"expect"' : 'expect'}: { ${fields.join(', ')} }`
  const end = endOfLast(test)
  if (end === undefined) return undefined
  if (test.flow === true) return { from: end, to: end, text: `, ${expect}` }
  const first = (test.items[0] as Pair<Node>).key.range![0]
  const column = first - (text.lastIndexOf('\n', first - 1) + 1)
  return { from: end, to: end, text: `\n${' '.repeat(column)}${expect}` }
}

/** Where the last value of a map ends, without what follows it on its line. */
function endOfLast(map: YAMLMap): number | undefined {
  const last = map.items.at(-1) as Pair<Node, Node | null> | undefined
  const value = last?.value
  if (isMap(value) && value.flow !== true) return endOfLast(value)
  return value?.range?.[1] ?? last?.key.range?.[1]
}
