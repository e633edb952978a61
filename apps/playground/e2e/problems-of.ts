import { lint, openConfig } from '@nuncio/checks'
import { productApi } from '../src/worker/product.ts'

/** What the command line says of a text: line and code of each problem. */
export function problemsOf(text: string): [number, string][] {
  const view = openConfig(text, productApi())
  return [...view.problems, ...lint(view)]
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, code }) => [line, code])
}
