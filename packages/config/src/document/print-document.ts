import { type Document, isCollection, isMap, isSeq, visit, type YAMLMap, type YAMLSeq } from 'yaml'

/** The one style: two blanks, lists in the column of their key, `{ a: b }` and `[a, b]`, long lines left alone. */
export function printDocument(document: Document): string {
  visit(document, {
    Collection(_, node) {
      // Also below a flow collection, where a block is printed as one.
      tighten(node)
    },
  })
  return document.toString({ indent: 2, indentSeq: false, lineWidth: 0, flowCollectionPadding: true })
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
