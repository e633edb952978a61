import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node as YamlNode,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
  type YAMLParseError,
  type YAMLSeq,
} from 'yaml'
import { type Entry, listNode, mapNode, type Node, scalarNode } from '../tree/node.ts'
import { type Finding, finding } from './finding.ts'
import { PLACEHOLDER_HINT } from './placeholder.ts'
import { type ParseLimits, FORBIDDEN_KEYS, MAX_SYNTAX_PROBLEMS } from './limits.ts'
import { mergeEntries } from './merge-keys.ts'

interface Anchored {
  /** Undefined while its own content is still being read. */
  node: Node | undefined
  weight: number
  /** Levels below the node. */
  height: number
}

/** Reads any YAML 1.2 with the `yaml` package: slower than the quick reader, and better at saying what is wrong. */
export function fromLibrary(text: string, base: number, limits: ParseLimits): { root?: Node; findings: Finding[] } {
  try {
    const documents = parseAllDocuments(text, {
      prettyErrors: false,
      uniqueKeys: false,
      keepSourceTokens: false,
      strict: true,
    })
    const found = Array.isArray(documents) ? documents : []
    const first = found[0]
    if (!first) return { findings: [] }
    const findings = telling(first.errors, text)
      .slice(0, MAX_SYNTAX_PROBLEMS)
      .map((error) => syntaxFinding(error, base, text))
    const second = found[1]
    if (second) findings.push(secondDocument(base + (second.range?.[0] ?? 0)))
    if (findings.length > 0) return { findings }
    const reader = new LibraryReader(base, limits)
    const root = reader.read(first.contents, 0)
    return reader.findings.length > 0 ? { findings: reader.findings } : { root, findings: [] }
  } catch (error) {
    // The package recurses as deep as the text does.
    if (error instanceof RangeError)
      return { findings: [finding('too-deep', base, 'the file is nested too deeply to be read')] }
    return { findings: [finding('syntax', base, `the file cannot be read: ${String(error)}`)] }
  }
}

export function secondDocument(offset: number): Finding {
  return finding(
    'multiple-documents',
    offset,
    'a second document begins here',
    'a configuration is one document: remove the --- and what follows',
  )
}

/** What is most often behind an error that the package names. */
const HINTS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a text that holds ": " has to be in quotes; a map goes on lines of its own',
  MULTILINE_IMPLICIT_KEY: 'is a colon missing after the key?',
  BAD_INDENT: 'lines of one map or list begin in the same column',
  BAD_SCALAR_START: 'put the text in quotes',
  BAD_DQ_ESCAPE: 'write \\\\ for a backslash, or use single quotes',
  MISSING_CHAR: 'a quote, a bracket or a blank is missing',
}

/** What is news. Once out of step, the package finds fault with the same line again, and with the rest of the text. */
function telling(errors: readonly YAMLParseError[], text: string): readonly YAMLParseError[] {
  const lines = new Set<number>()
  const tab = errors.findIndex(({ code }) => code === 'TAB_AS_INDENT')
  return errors.filter((error, i) => {
    const line = text.lastIndexOf('\n', error.pos[0] - 1)
    const said =
      lines.has(line) ||
      (i > 0 && error.code === 'UNEXPECTED_TOKEN') ||
      // A line in a wrong column makes those below it look like maps in a map.
      (errors[0]!.code === 'MISSING_CHAR' && error.code === 'BLOCK_AS_IMPLICIT_KEY') ||
      (tab >= 0 && i > tab && error.code !== 'TAB_AS_INDENT')
    lines.add(line)
    return !said
  })
}

function syntaxFinding({ code, message, pos }: YAMLParseError, base: number, text: string): Finding {
  const [at] = pos
  const offset = base + at
  if (code === 'TAB_AS_INDENT') return finding('tab', offset, 'a tab is used for indentation', 'indent with spaces')
  if (text[at - 1] === '$' && text[at] === '{')
    return finding('syntax', offset - 1, 'a placeholder: nothing is put in its place', PLACEHOLDER_HINT)
  const begins = offset + /^ */.exec(text.slice(at))![0].length
  if (message.startsWith('Sequence item without'))
    return finding(
      'syntax',
      begins,
      'this line goes on with neither the list nor the map above it',
      HINTS['BAD_INDENT'],
    )
  if (message.startsWith('A block sequence may not'))
    return finding('syntax', begins, 'a list begins where a map goes on', HINTS['BAD_INDENT'])
  return finding('syntax', offset, message.split('\n')[0]!, HINTS[code])
}

class LibraryReader {
  readonly findings: Finding[] = []
  readonly #base: number
  readonly #limits: ParseLimits
  readonly #anchors = new Map<string, Anchored>()
  #weight = 0
  #written = 0
  /** The deepest level since the innermost anchor. */
  #deepest = 0

  constructor(base: number, limits: ParseLimits) {
    this.#base = base
    this.#limits = limits
  }

  read(node: YamlNode | null, depth: number, at = this.#base): Node {
    this.#weight++
    this.#written++
    if (isAlias(node)) return this.#alias(node, depth)
    const offset = node?.range ? this.#base + node.range[0] : at
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    return anchor
      ? this.#anchored(anchor, depth, () => this.#content(node, offset, depth))
      : this.#content(node, offset, depth)
  }

  #anchored(anchor: string, depth: number, read: () => Node): Node {
    const held: Anchored = { node: undefined, weight: 0, height: 0 }
    this.#anchors.set(anchor, held)
    const before = this.#weight - 1
    const deepest = this.#deepest
    this.#deepest = depth
    const node = read()
    held.node = node
    held.weight = this.#weight - before
    held.height = this.#deepest - depth
    this.#deepest = Math.max(deepest, this.#deepest)
    return node
  }

  #content(node: YamlNode | null, offset: number, depth: number): Node {
    if (!this.#reach(depth, offset)) return scalarNode(offset, '', true)
    if (isMap(node)) return this.#map(node as YAMLMap<YamlNode, YamlNode | null>, offset, depth)
    if (isSeq(node)) return this.#list(node as YAMLSeq<YamlNode | null>, offset, depth)
    return isScalar(node) ? scalarOf(node, offset) : scalarNode(offset, '', true)
  }

  #reach(depth: number, offset: number): boolean {
    if (depth > this.#deepest) this.#deepest = depth
    if (depth <= this.#limits.maxDepth) return true
    this.#say('too-deep', offset, `nested deeper than ${this.#limits.maxDepth} levels`)
    return false
  }

  #list(node: YAMLSeq<YamlNode | null>, offset: number, depth: number): Node {
    return listNode(
      offset,
      node.items.map((item) => this.read(item, depth + 1, offset)),
    )
  }

  #map(node: YAMLMap<YamlNode, YamlNode | null>, offset: number, depth: number): Node {
    const map = mapNode(offset)
    const seen = new Map<string, Entry>()
    const merged: Node[] = []
    for (const pair of node.items) {
      const keyOffset = pair.key?.range ? this.#base + pair.key.range[0] : offset
      const key = this.#key(pair.key, keyOffset)
      const value = this.read(pair.value, depth + 1, keyOffset)
      if (key === undefined) continue
      if (key === '<<' && isScalar(pair.key) && pair.key.type === Scalar.PLAIN) {
        merged.push(value)
        continue
      }
      if (seen.has(key))
        this.#say('duplicate-key', keyOffset, `"${key}" is written twice in one map`, 'keep one of the two')
      const entry = { key, keyOffset, value }
      seen.set(key, entry)
      map.entries.push(entry)
    }
    for (const value of merged) this.#merge(map, value, offset)
    return map
  }

  #merge(map: { entries: Entry[] }, value: Node, offset: number): void {
    if (!mergeEntries(map.entries, value)) this.#say('syntax', offset, '<< takes a map or a list of maps')
  }

  #key(key: YamlNode | null, offset: number): string | undefined {
    const node = isAlias(key)
      ? this.#alias(key, 0)
      : key === null
        ? scalarNode(offset, '', true)
        : isScalar(key)
          ? scalarOf(key, offset)
          : undefined
    if (node?.kind !== 'scalar') {
      this.#say('syntax', offset, 'a key has to be a plain text', 'write the key as a single word or a quoted text')
      return undefined
    }
    if (FORBIDDEN_KEYS.has(node.text)) {
      this.#say('forbidden-key', offset, `"${node.text}" may not be used as a key`)
      return undefined
    }
    return node.text
  }

  #alias(alias: Alias, depth: number): Node {
    const offset = this.#base + (alias.range?.[0] ?? 0)
    const target = this.#anchors.get(alias.source)
    if (!target) this.#say('syntax', offset, `no anchor &${alias.source} is written before this alias`)
    else if (!target.node)
      this.#say('cyclic-alias', offset, `*${alias.source} is used inside the very thing it stands for`)
    else if (this.#reach(depth + target.height, offset)) {
      this.#weight += target.weight
      if (this.#weight - this.#written <= this.#limits.maxAliasNodes) return target.node
      this.#say(
        'alias-expansion',
        offset,
        `aliases stand for more than ${this.#limits.maxAliasNodes} nodes`,
        'write out less by alias',
      )
    }
    return scalarNode(offset, '', true)
  }

  #say(code: string, offset: number, message: string, hint = ''): void {
    if (this.findings.length < MAX_SYNTAX_PROBLEMS) this.findings.push(finding(code, offset, message, hint))
  }
}

/** Of tags only `!` means something to Envoy: that it is a text. */
function scalarOf({ value, source = '', tag, type }: Scalar, offset: number): Node {
  if (tag === '!') return scalarNode(offset, source, false)
  if (tag !== undefined) return scalarNode(offset, source, source !== '')
  return type === Scalar.PLAIN ? scalarNode(offset, source, true) : scalarNode(offset, String(value), false)
}
