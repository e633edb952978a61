/** What a reader refuses rather than works on. */
export interface ParseLimits {
  /** Bytes (UTF-16 units of a string). */
  readonly maxSize: number
  /** Levels of maps and lists. */
  readonly maxDepth: number
  /** Nodes that aliases may add to those written. */
  readonly maxAliasNodes: number
}

export const DEFAULT_LIMITS: ParseLimits = { maxSize: 32 * 1024 * 1024, maxDepth: 200, maxAliasNodes: 1_000_000 }

/** Keys that would reach an object's prototype in careless hands; no part of Envoy's API is called so. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** How many problems of one text are worth reading. */
export const MAX_SYNTAX_PROBLEMS = 20
