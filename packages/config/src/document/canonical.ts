import { type Document, parseDocument } from 'yaml'
import { walkTree, orEmpty } from '../load/load.ts'
import type { LoadOptions } from '../load/options.ts'
import type { MessageName } from '../message.ts'
import { DEFAULT_LIMITS } from '../parse/limits.ts'
import { MAX_FOR_LIBRARY, parse } from '../parse/parse.ts'
import { inOrder } from '../problems/order.ts'
import type { Problem } from '../problem.ts'
import { Texts } from '../tree/texts.ts'
import { applyEdits } from './edit-document.ts'
import { markComments, printDocument, toBlocks } from './print-document.ts'

/** A configuration written out again, or the problems that kept it from being read. */
export interface PrintedText {
  /** Undefined when the text could not be read. */
  readonly text: string | undefined
  /** What was found on the way; for `canonical` also the short forms that it replaced. */
  readonly problems: readonly Problem[]
}

/**
 * The canonical v3 form of a configuration, comments kept: short forms written out, names in snake_case, JSON as YAML.
 * What is no Envoy configuration stays as it is and is said in `problems`.
 */
export function canonical(
  input: string | Uint8Array,
  options: LoadOptions & { readonly type?: MessageName } = {},
): PrintedText {
  const texts = new Texts()
  const parsed = parse(input, options.file ?? '', texts, { ...DEFAULT_LIMITS, ...options.limits })
  const root = parsed.findings.length > 0 ? undefined : orEmpty(parsed.root)
  const { walk } = walkTree(
    options.type ?? 'envoy.config.bootstrap.v3.Bootstrap',
    root,
    parsed.findings,
    texts,
    options,
    true,
  )
  const problems = inOrder(walk.problems, options.strict ?? false)
  const document = root && documentOf(parsed.text)
  if (!document) return { text: undefined, problems }
  applyEdits(document, walk.edits ?? [])
  toBlocks(document)
  return { text: printDocument(document), problems }
}

/** The same configuration in the one style, comments kept. Only the form changes: `nuncio fmt`. */
export function format(input: string | Uint8Array, options: LoadOptions = {}): PrintedText {
  const texts = new Texts()
  const parsed = parse(input, options.file ?? '', texts, { ...DEFAULT_LIMITS, ...options.limits })
  const problems = parsed.findings.map(({ code, offset, message, hint }): Problem => ({
    code,
    severity: 'error',
    path: '',
    ...texts.position(offset),
    message,
    hint,
  }))
  const document = problems.length > 0 ? undefined : documentOf(parsed.text)
  return { text: document && printDocument(document), problems }
}

/** Undefined for a text that is too large to be printed again with its comments. */
function documentOf(text: string): Document | undefined {
  if (text.length > MAX_FOR_LIBRARY) return undefined
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false })
  markComments(document, text)
  return document
}
