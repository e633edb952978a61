import { base64, utf8Bytes } from '@nuncio/core'
import { wireText } from '@nuncio/matching'
import type { JsonObject } from './strict-json.ts'

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/**
 * A claim as the value of a header: bytes as Latin-1. `path` has a dot before each nested name. Undefined when the claim
 * is not there, is empty or null, or could not stand in a header.
 */
export function claimText(payload: JsonObject, path: string): string | undefined {
  let value: unknown = payload
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined
    value = (value as JsonObject)[name]
  }
  const text = valueText(value)
  return text === '' || CONTROL.test(text) ? undefined : text
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return wireText(value)
  if (typeof value === 'number') return numberText(value)
  return typeof value === 'boolean' ? String(value) : base64(utf8Bytes(JSON.stringify(value)))
}

/** Whole numbers that fit into 64 bits as such, others with six decimals. */
function numberText(value: number): string {
  const whole = Number.isInteger(value) && value >= 0 && value < 2 ** 64
  if (whole || Math.abs(value) < 1e21) return whole ? BigInt(value).toString() : value.toFixed(6)
  return `${BigInt(Math.trunc(value))}.000000`
}

/** A payload for metadata: some claims are lists in one text. */
export function normalizedPayload(payload: JsonObject, spaceDelimited: readonly string[]): JsonObject {
  if (spaceDelimited.length === 0) return payload
  const lists = spaceDelimited.flatMap((name): [string, string[]][] => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined
    return typeof value === 'string' ? [[name, value.split(' ').filter((part) => part !== '')]] : []
  })
  return { ...payload, ...Object.fromEntries(lists) }
}
