import type { Node } from '../tree/node.ts'

/** Steps from the root: keys as they are written or in snake_case, and list indices. */
export type Path = readonly (string | number)[]

/** One change of a tree, so that a text with its comments can be changed in the same way. */
export type Edit =
  | { readonly op: 'set'; readonly path: Path; readonly value: Node }
  | { readonly op: 'rename'; readonly path: Path; readonly key: string }
  | { readonly op: 'move'; readonly path: Path; readonly to: Path }
  | { readonly op: 'remove'; readonly path: Path }

/** A change as it is kept: with the value it had then, whatever became of the tree later. */
export type NotedEdit =
  | Exclude<Edit, { readonly op: 'set' }>
  | { readonly op: 'set'; readonly path: Path; readonly value: unknown }
