import { stringify } from 'yaml'
import type { RandomGenerator } from '@nuncio/core'
import type { Tree } from '../model/document.ts'
import { below, pick } from './chance.ts'

/** A tree as the file that proxies read. */
export function textOf(tree: Tree): string {
  return stringify(tree, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
}

export interface WrittenOtherwise {
  readonly text: string
  readonly what: string
}

type Rewriting = readonly [what: string, rewrite: (text: string, random: RandomGenerator) => string]

/** Replaces one line that matches. */
function line(pattern: RegExp, replace: (line: string, indent: string) => string) {
  return (text: string, random: RandomGenerator): string => {
    const lines = text.split('\n')
    const matching = lines.flatMap((each, i) => (pattern.test(each) ? [i] : []))
    if (matching.length === 0) return text
    const at = pick(random, matching)
    return lines.with(at, replace(lines[at]!, /^[ -]*/.exec(lines[at]!)![0].replaceAll('-', ' '))).join('\n')
  }
}

const SCALAR = /^[ -]*[\w@"']+: [^{[&*|>]+$/
const NUMBER = /^[ -]*\w+: \d+$/
const BOOLEAN = /^[ -]*\w+: (?:true|false)$/
const value = (to: (value: string) => string) => (text: string) =>
  text.replace(/: (.*)$/, (_, old: string) => `: ${to(old)}`)
const bare = (text: string): string => text.replaceAll(/^"|"$/g, '')

const REWRITINGS: readonly Rewriting[] = [
  ['a tab for indentation', line(/^ {2}/, (each) => each.replace(/^ {2}/, '\t'))],
  ['a tab after the colon', line(SCALAR, (each) => each.replace(': ', ':\t'))],
  ['a key twice', line(SCALAR, (each, indent) => `${each}\n${indent}${each.replace(/^[ -]*/, '')}`)],
  ['no blank after the colon', line(SCALAR, (each) => each.replace(': ', ':'))],
  ['an anchor', line(SCALAR, value((old) => `&a ${old}`))],
  ['an alias without its anchor', line(SCALAR, value(() => '*nobody'))],
  ['an alias', (text) => aliased(text)],
  ['a merge key', line(SCALAR, (each, indent) => `${each}\n${indent}<<: {}`)],
  ['a merge key of a text', line(SCALAR, (each, indent) => `${each}\n${indent}<<: x`)],
  ['a merge key with a field', line(NUMBER, (each) => each.replace(/^([ -]*)(.*)$/, '$1<<: { $2 }'))],
  ['a merge key of a list', line(NUMBER, (each) => each.replace(/^([ -]*)(.*)$/, '$1<<: [{ $2 }]'))],
  ['a second document', (text) => `${text}---\n${text}`],
  ['an empty second document', (text) => `${text}---\n`],
  ['a document marker before', (text) => `---\n${text}`],
  ['a directive before', (text) => `%YAML 1.2\n---\n${text}`],
  ['a document end after', (text) => `${text}...\n`],
  ['a byte order mark', (text) => `\uFEFF${text}`],
  ['carriage returns', (text) => text.replaceAll('\n', '\r\n')],
  ['JSON', (text) => text],
  ['octal', line(NUMBER, value((old) => `0${old}`))],
  ['octal of 1.2', line(NUMBER, value((old) => `0o${old.replaceAll(/[89]/g, '7')}`))],
  ['hexadecimal', line(NUMBER, value((old) => `0x${Number(old).toString(16)}`))],
  ['binary', line(NUMBER, value((old) => `0b${Number(old).toString(2)}`))],
  ['underscores in a number', line(NUMBER, value((old) => `${old}_000`))],
  ['a plus before', line(NUMBER, value((old) => `+${old}`))],
  ['a number with a point', line(NUMBER, value((old) => `${old}.0`))],
  ['an exponent', line(NUMBER, value((old) => `${old}e0`))],
  ['sexagesimal', line(NUMBER, value((old) => `1:${old}`))],
  ['a number in quotes', line(NUMBER, value((old) => `"${old}"`))],
  ['a number in single quotes', line(NUMBER, value((old) => `'${old}'`))],
  ['.inf', line(NUMBER, value(() => '.inf'))],
  ['.nan', line(NUMBER, value(() => '.nan'))],
  ...['yes', 'no', 'on', 'off', 'y', 'True', 'TRUE', 'tRue', '"true"', '~', 'null', 'NULL', '""', '1', '!!bool true', '!!str true'].map(
    (word): Rewriting => [`a boolean is ${word}`, line(BOOLEAN, value(() => word))],
  ),
  ...['yes', 'no', 'on', '~', 'Null', 'null', '0x1', '010', '1_0', '.5', '1.', '-', '?', '@x', '`x`', '%x', '!x', '!!str 1', '!!int 1', '!!binary YQ==', '! 1', '"\\x41"', "'it''s'", '|', '>-', '[', '{', '}', ',', 'a: b', 'a #b', 'a#b', '2001-01-01', '1:30', '=', '<<', '&', '*', '"a', '"\\q"'].map(
    (word): Rewriting => [`a scalar is ${word}`, line(SCALAR, value(() => word))],
  ),
  ['a scalar over two lines', line(SCALAR, (each, indent) => each.replace(/: (.*)$/, (_, old: string) => `:\n${indent}  ${old}`))],
  ['a block scalar', line(SCALAR, (each, indent) => each.replace(/: (.*)$/, (_, old: string) => `: |-\n${indent}  ${bare(old)}`))],
  ['a folded scalar', line(SCALAR, (each, indent) => each.replace(/: (.*)$/, (_, old: string) => `: >-\n${indent}  ${bare(old)}`))],
  ['a key in quotes', line(SCALAR, (each) => each.replace(/^([ -]*)(\w+):/, '$1"$2":'))],
  ['a question mark key', line(SCALAR, (each, indent) => each.replace(/^([ -]*)(\w+): /, `$1? $2\n${indent}: `))],
  ['an empty key', line(SCALAR, (each, indent) => `${each}\n${indent}"": x`)],
  ['a number as key', line(SCALAR, (each, indent) => `${each}\n${indent}5: x`)],
  ['a null key', line(SCALAR, (each, indent) => `${each}\n${indent}~: x`)],
  ['a list as key', line(SCALAR, (each, indent) => `${each}\n${indent}[a]: x`)],
  ['a comment', line(SCALAR, (each) => `${each} # why`)],
  ['a comment without a blank', line(SCALAR, (each) => `${each}#why`)],
  ['one blank more', line(/^ +\w/, (each) => ` ${each}`)],
  ['one blank less', line(/^ +\w/, (each) => each.slice(1))],
  ['a line less', line(/^ +/, () => '')],
  ['a trailing comma', line(SCALAR, (each) => `${each},`)],
  ['nothing', () => ''],
  ['a text alone', () => 'envoy\n'],
  ['a list alone', () => '[]\n'],
  ['a map alone', () => '{}\n'],
  ['null alone', () => 'null\n'],
  ['a number alone', () => '5\n'],
  ['a NUL', line(SCALAR, (each) => `${each}\0`)],
  ['a bell', line(SCALAR, (each) => `${each}\u0007`)],
  ['no-break space', line(SCALAR, (each) => each.replace(': ', ':\u00a0'))],
  ['a list for a map', line(SCALAR, (each) => each.replace(/^([ ]*)(\w)/, '$1- $2'))],
] // prettier-ignore

/** Gives the first scalar an anchor, and the next the alias. */
function aliased(text: string): string {
  const lines = text.split('\n')
  const at = lines.findIndex((each) => SCALAR.test(each))
  const next = lines.findIndex((each, i) => i > at && SCALAR.test(each))
  if (at < 0 || next < 0) return text
  const [first, second] = [value((old) => `&a ${old}`)(lines[at]!), value(() => '*a')(lines[next]!)]
  return lines.with(at, first).with(next, second).join('\n')
}

/** The same configuration, or nearly, written as people and tools write it. */
export function writtenOtherwise(tree: Tree, random: RandomGenerator): WrittenOtherwise {
  const [what, rewrite] = pick(random, REWRITINGS)
  const text = what === 'JSON' ? JSON.stringify(tree, undefined, below(random, 3)) : rewrite(textOf(tree), random)
  return { text, what: `YAML: ${what}` }
}
