import type { Message } from '../message.ts'
import { type Finding, finding } from '../parse/finding.ts'
import { DEFAULT_LIMITS } from '../parse/limits.ts'
import { parse } from '../parse/parse.ts'
import { schemaWith } from '../schema/schema.ts'
import { isNull, type Node } from '../tree/node.ts'
import { Texts } from '../tree/texts.ts'
import { loadTree, orEmpty } from './load.ts'
import { mergeTrees } from './merge-trees.ts'
import type { LoadOptions } from './options.ts'
import type { LoadResult } from './result.ts'

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'

/** A text and the name it goes by in problems. */
export interface ConfigText {
  readonly text: string | Uint8Array
  readonly file?: string
}

/** Reads a bootstrap: what Envoy takes with `-c`. */
export function loadBootstrap(
  input: string | Uint8Array,
  options: LoadOptions = {},
): LoadResult<Message<typeof BOOTSTRAP>> {
  return mergeBootstrap([{ text: input, file: options.file ?? '' }], options)
}

/**
 * Reads several texts as one bootstrap, each merged over those before it: a file and what `--config-yaml` adds. Messages
 * are merged field by field, lists one after the other, maps key by key; other fields are replaced.
 */
export function mergeBootstrap(
  inputs: readonly ConfigText[],
  options: LoadOptions = {},
): LoadResult<Message<typeof BOOTSTRAP>> {
  const texts = new Texts()
  const findings: Finding[] = []
  let root: Node | undefined
  let holds = false
  for (const { text, file = '' } of inputs) {
    const parsed = parse(text, file, texts, { ...DEFAULT_LIMITS, ...options.limits })
    findings.push(...parsed.findings)
    const next = orEmpty(parsed.root)
    holds ||= parsed.root !== undefined && !isNull(parsed.root)
    root = root?.kind === 'map' && next.kind === 'map' ? over(options, root, next) : next
  }
  // A file that was cut short to be written anew must not pass for a proxy that has nothing to do.
  if (!holds && findings.length === 0)
    findings.push(finding('empty', 0, 'the file is empty', 'write {} for a configuration that says nothing'))
  return loadTree(BOOTSTRAP, findings.length > 0 ? undefined : orEmpty(root), findings, texts, options)
}

function over(options: LoadOptions, base: Node & { kind: 'map' }, next: Node & { kind: 'map' }): Node {
  const schema = schemaWith(options.definitions)
  const merged = mergeTrees(schema, schema.message(BOOTSTRAP)!, base, next)
  // An empty base has no place of its own to point at.
  return base.entries.length === 0 ? next : merged
}
