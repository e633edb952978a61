import { CLASS, TOKEN } from './bytes.ts'

/** What a Connection field asks for; bits. */
export const CLOSE = 1
export const PERSIST = 2
export const UPGRADES = 4
/** Names other header fields, or is not one plain token. */
export const OTHERS = 8
/** Is not a list of tokens. */
export const NOT_A_LIST = 16

/** The meaning of a Connection field's value. */
export function connectionOptions(value: string): number {
  if (value === 'keep-alive' || value === 'Keep-Alive') return PERSIST
  if (value === 'close') return CLOSE
  if (value === 'Upgrade' || value === 'upgrade') return UPGRADES
  const tokens = listTokens(value)
  if (tokens === undefined) return NOT_A_LIST
  let options = 0
  for (const token of tokens) {
    options |= token === 'close' ? CLOSE : token === 'keep-alive' ? PERSIST : token === 'upgrade' ? UPGRADES : OTHERS
  }
  return options
}

/** The elements of `#token`, in lower case; empty elements are passed over. Undefined when one is not a token. */
export function listTokens(value: string): string[] | undefined {
  const tokens: string[] = []
  for (const part of value.split(',')) {
    const token = trimBlanks(part).toLowerCase()
    if (token === '') continue
    if (!isToken(token)) return undefined
    tokens.push(token)
  }
  return tokens
}

export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 255 || (CLASS[c]! & TOKEN) === 0) return false
  }
  return text !== ''
}

/** Without spaces and tabs at either end, and only those: other white space is not blank to HTTP. */
export function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9
}

/** A Content-Length: digits only, at most 15 of them so that it is exact; -1 for anything else. */
export function parseLength(text: string): number {
  const n = text.length
  if (n === 0 || n > 15) return -1
  let value = 0
  for (let i = 0; i < n; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
