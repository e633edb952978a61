import type { Node } from '../tree/node.ts'
import type { Texts } from '../tree/texts.ts'
import { decodeText } from './decode-text.ts'
import { type Finding, finding } from './finding.ts'
import { fromLibrary } from '#from-library'
import { DEFAULT_LIMITS, type ParseLimits } from './limits.ts'
import { readQuickly } from './quick/quick-reader.ts'

export interface Parsed {
  /** Undefined when the text cannot be read or holds nothing. */
  readonly root: Node | undefined
  readonly findings: readonly Finding[]
  readonly text: string
}

/**
 * Reads YAML or JSON into a tree with places. Never throws; what is wrong with the text is in `findings`. Time is
 * bounded by the size limit.
 */
export function parse(
  input: string | Uint8Array,
  file: string,
  texts: Texts,
  limits: ParseLimits = DEFAULT_LIMITS,
): Parsed {
  if (input.length > limits.maxSize) {
    const base = texts.add(file, '')
    const message = `the file has ${input.length} bytes; ${limits.maxSize} are allowed`
    return {
      root: undefined,
      text: '',
      findings: [finding('too-large', base, message, 'split it, or raise the limit')],
    }
  }
  const decoded = decodeText(input)
  const base = texts.add(file, decoded.text)
  if (decoded.bad !== undefined) {
    return {
      root: undefined,
      text: decoded.text,
      findings: [finding('encoding', base + decoded.bad, decoded.message, 'save the file as UTF-8 text')],
    }
  }
  const { root, findings } = read(decoded.text, base, limits)
  return { root: findings.length > 0 ? undefined : root, text: decoded.text, findings }
}

function read(text: string, base: number, limits: ParseLimits): { root?: Node; findings: readonly Finding[] } {
  const quick = readQuickly(text, base, limits)
  if (quick.root) return { root: quick.root, findings: [] }
  if (quick.gaveUp && quick.final) return { findings: [quick.gaveUp] }
  if (text.length <= MAX_FOR_LIBRARY) return fromLibrary(text, base, limits)
  const at = quick.gaveUp?.offset ?? base
  return {
    findings: [
      finding('syntax', at, 'a file of this size has to be JSON or plain YAML, and from here on it is neither', HINT),
    ],
  }
}

const HINT = `split the file, or write this place without tags, folded text or values of several lines`

/** The full reader takes some 200 times the memory of its text; what is larger has to do without it. */
export const MAX_FOR_LIBRARY = 6 * 1024 * 1024
