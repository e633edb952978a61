import { type Document, isCollection, isMap, isScalar, isSeq, visit, type YAMLMap, type YAMLSeq } from 'yaml'

/** What no text has that was read: it marks comments that stand beside a key. */
const MARK = '\u0001'

/**
 * Marks the comments beside the key of a block, which the package would move to the next line. To be called before the
 * document is changed; `text` is what it was read from.
 */
export function markComments(document: Document, text: string): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !key.range || !isCollection(value) || !value.commentBefore) return
      const beside = /^[ \t]*:[^\n#]*(?:[ \t]#)/.test(text.slice(key.range[1], key.range[1] + 300))
      if (beside) value.commentBefore = MARK + value.commentBefore
    },
  })
}

/** The one style: two blanks, lists in the column of their key, `{ a: b }` and `[a, b]`, long lines left alone. */
export function printDocument(document: Document): string {
  visit(document, {
    Collection(_, node) {
      // Also below a flow collection, where a block is printed as one.
      tighten(node)
    },
  })
  const text = document.toString({ indent: 2, indentSeq: false, lineWidth: 0, flowCollectionPadding: true })
  return placeComments(text)
}

/** Puts the comments that are marked beside their keys. */
function placeComments(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf(`#${MARK}`); at >= 0; at = text.indexOf(`#${MARK}`, from)) {
    const line = text.lastIndexOf('\n', at)
    out += `${text.slice(from, line)} #`
    from = at + 2
  }
  return out + text.slice(from)
}

/** Turns a document that was one flow collection, as JSON is, into blocks. */
export function toBlocks(document: Document): void {
  const root = document.contents
  if (!isCollection(root) || !root.flow) return
  visit(document, {
    Collection(_, node) {
      // Empty ones have no other form.
      node.flow = node.items.length === 0
    },
    Scalar(_, node) {
      // Quotes that only JSON needed.
      if (node.type === 'QUOTE_DOUBLE') delete node.type
    },
  })
}

type Printing = Parameters<YAMLSeq['toString']>[0]

/** The package pads lists and maps alike; lists read better without. */
function tighten(node: YAMLMap | YAMLSeq): void {
  const padding = isMap(node) ? ' ' : ''
  const print = Object.getPrototypeOf(node).toString as (
    this: unknown,
    context?: Printing,
    ...rest: unknown[]
  ) => string
  if (!isSeq(node) && !isMap(node)) return
  node.toString = function toString(context?: Printing, ...rest: unknown[]): string {
    return print.call(this, context && { ...context, flowCollectionPadding: padding }, ...rest)
  }
}
