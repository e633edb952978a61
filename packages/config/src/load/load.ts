import { NuncioError } from '@nuncio/core'
import { readMessage } from '../check/read.ts'
import { TreeSources } from '../check/sources.ts'
import { Walk } from '../check/walk.ts'
import { compileHonours } from '../honours/honours.ts'
import { toJson } from '../json/to-json.ts'
import type { Message, MessageName } from '../message.ts'
import type { Finding } from '../parse/finding.ts'
import { DEFAULT_LIMITS } from '../parse/limits.ts'
import { parse } from '../parse/parse.ts'
import type { Sources } from '../position.ts'
import { inOrder } from '../problems/order.ts'
import type { Problem } from '../problem.ts'
import { type Schema, schemaWith } from '../schema/schema.ts'
import { LoadedContext } from '../semantics/context.ts'
import { SEMANTIC_RULES, SEMANTIC_TYPES } from '../semantics/rules.ts'
import { SHORT_FORMS } from '../short-forms/index.ts'
import { isNull, mapNode, type Node } from '../tree/node.ts'
import { Texts } from '../tree/texts.ts'
import type { JsonValue } from '../values.ts'
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
  return loadTree(type, parsed.findings.length > 0 ? undefined : orEmpty(parsed.root), parsed.findings, texts, options)
}

/** A text that holds nothing is a message without fields. */
export function orEmpty(root: Node | undefined): Node {
  return root && !isNull(root) ? root : mapNode(0)
}

/** As `load`, of a tree that was read already; `root` is undefined when it could not be read. */
export function loadTree<T extends MessageName>(
  type: T,
  root: Node | undefined,
  findings: readonly Finding[],
  texts: Texts,
  options: LoadOptions,
): LoadResult<Message<T>> {
  const { walk, partial } = walkTree(type, root, findings, texts, options)
  return loadWalked(type, walk, partial as Message<T> | undefined, texts, options)
}

/** The result of a walk that is done. */
export function loadWalked<T extends MessageName>(
  type: T,
  walk: Walk,
  partial: Message<T> | undefined,
  texts: Texts,
  options: LoadOptions,
): LoadResult<Message<T>> {
  return new Loaded(type, walk, partial, texts, options.strict ?? false)
}

/** Reads a tree and looks at it with every rule; for callers that need more of the walk than its result. */
export function walkTree(
  type: string,
  root: Node | undefined,
  findings: readonly Finding[],
  texts: Texts,
  options: LoadOptions,
  noteEdits = false,
): { walk: Walk; partial: object | undefined } {
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
    collect: COLLECTED,
    noteEdits,
  })
  for (const { code, offset, message: words, hint } of findings) walk.error(code, offset, words, hint)
  const partial = root && readMessage(walk, message, root)
  if (partial) {
    const context = new LoadedContext(walk, type, partial)
    for (const rule of SEMANTIC_RULES) rule.check(context)
  }
  return { walk, partial }
}

/** What the rules ask for, and what `loadAny` shows. */
const COLLECTED: ReadonlySet<string> = new Set([...SEMANTIC_TYPES, 'envoy.config.endpoint.v3.ClusterLoadAssignment'])

class Loaded<T extends MessageName> implements LoadResult<Message<T>> {
  readonly problems: readonly Problem[]
  readonly config: Message<T> | undefined
  readonly partial: Message<T> | undefined
  readonly sources: Sources
  readonly texts: ReadonlyMap<string, string>
  readonly #type: T
  readonly #schema: Schema
  #json: JsonValue | undefined

  constructor(type: T, walk: Walk, partial: Message<T> | undefined, texts: Texts, strict: boolean) {
    this.#type = type
    this.#schema = walk.schema
    this.problems = inOrder(walk.problems, strict)
    this.partial = partial
    this.config = this.problems.some((problem) => problem.severity === 'error') ? undefined : partial
    this.sources = new TreeSources(texts, walk.places)
    this.texts = texts.byFile()
  }

  get json(): JsonValue | undefined {
    if (this.partial) this.#json ??= toJson(this.#type, this.partial, { schema: this.#schema })
    return this.#json
  }
}
