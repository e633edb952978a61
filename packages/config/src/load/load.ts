import { NuncioError } from '@nuncio/core'
import { readMessage } from '../check/read.ts'
import { TreeSources } from '../check/sources.ts'
import { Walk } from '../check/walk.ts'
import { compileHonours } from '../honours/honours.ts'
import type { Message, MessageName } from '../message.ts'
import type { Finding } from '../parse/finding.ts'
import { DEFAULT_LIMITS } from '../parse/limits.ts'
import { parse } from '../parse/parse.ts'
import type { Problem } from '../problem.ts'
import { schemaWith } from '../schema/schema.ts'
import { LoadedContext } from '../semantics/context.ts'
import { SEMANTIC_RULES, SEMANTIC_TYPES } from '../semantics/rules.ts'
import { SHORT_FORMS } from '../short-forms/index.ts'
import { isNull, mapNode, type Node } from '../tree/node.ts'
import { Texts } from '../tree/texts.ts'
import type { LoadOptions } from './options.ts'
import type { LoadResult } from './result.ts'

/**
 * Reads a text (YAML or JSON) as a message of the type. All problems come in one pass; nothing is thrown for what the
 * text holds. Throws `ERR_NUNCIO_UNKNOWN_TYPE` when the table has no such type.
 */
export function load<T extends MessageName>(
  type: T,
  input: string | Uint8Array,
  options: LoadOptions = {},
): LoadResult<Message<T>> {
  const texts = new Texts()
  const parsed = parse(input, options.file ?? '', texts, { ...DEFAULT_LIMITS, ...options.limits })
  const root = parsed.root && !isNull(parsed.root) ? parsed.root : mapNode(0)
  return loadTree(type, parsed.findings.length > 0 ? undefined : root, parsed.findings, texts, options)
}

/** As `load`, of a tree that was read already; `root` is undefined when it could not be read. */
export function loadTree<T extends MessageName>(
  type: T,
  root: Node | undefined,
  findings: readonly Finding[],
  texts: Texts,
  options: LoadOptions,
): LoadResult<Message<T>> {
  const schema = schemaWith(options.definitions)
  const message = schema.message(type)
  if (!message) throw new NuncioError('ERR_NUNCIO_UNKNOWN_TYPE', `there is no message type ${type}`)
  const walk = new Walk({
    schema,
    texts,
    honours: options.honours && compileHonours(options.honours),
    allowUnsupported: options.allowUnsupported ?? false,
    allowUnknownFields: options.allowUnknownFields ?? false,
    shortForms: options.noShortForms ? undefined : SHORT_FORMS,
    collect: SEMANTIC_TYPES,
  })
  for (const { code, offset, message: words, hint } of findings) walk.error(code, offset, words, hint)
  const partial = root && (readMessage(walk, message, root) as Message<T> | undefined)
  if (partial) {
    const context = new LoadedContext(walk, type, partial)
    for (const rule of SEMANTIC_RULES) rule.check(context)
  }
  const problems = inOrder(walk.problems, options.strict ?? false)
  const failed = problems.some((problem) => problem.severity === 'error')
  const sources = new TreeSources(texts, walk.places)
  return Object.freeze({ problems, config: failed ? undefined : partial, partial, sources, texts: texts.byFile() })
}

function inOrder(problems: readonly Problem[], strict: boolean): readonly Problem[] {
  const list = strict
    ? problems.map((problem) => (problem.severity === 'warning' ? { ...problem, severity: 'error' as const } : problem))
    : [...problems]
  const files = [...new Set(list.map((problem) => problem.file))]
  return list.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column)
}
