import { randomBytes } from 'node:crypto'
import type { SecureContext } from 'node:tls'

/** What seals session tickets: 48 bytes, as Node takes them. */
export type TicketKey = Buffer

/** Node's answers to OpenSSL, which asks for the key of a ticket. */
const UNKNOWN = 0
const GOOD = 1
const GOOD_BUT_RENEW = 2

type Answer = readonly [verdict: number, hmac: Buffer, aes: Buffer, name?: Buffer, iv?: Buffer]
interface AskedContext {
  onticketkeycallback(name: Buffer, iv: Buffer, sealing: boolean): Answer
  enableTicketKeyCallback(): void
}

/** Of Envoy's 80 bytes (name, key of the HMAC, key of the cipher) the 16 of each that Node takes. */
export function ticketKey(bytes: Buffer): TicketKey {
  return Buffer.concat([bytes.subarray(0, 16), bytes.subarray(16, 32), bytes.subarray(48, 64)])
}

/**
 * Has new tickets sealed with the first key, and those of all keys opened; who comes with one of an older key gets a new
 * one. Node's option takes a single key; that OpenSSL asks for each ticket is a method of the handle alone.
 */
export function useTicketKeys(context: SecureContext, keys: readonly TicketKey[]): void {
  const [first] = keys
  if (first === undefined || keys.length === 1) return
  const asked = context.context as AskedContext
  asked.onticketkeycallback = (name, _, sealing) => {
    if (sealing) return [GOOD, hmacOf(first), aesOf(first), nameOf(first), randomBytes(16)]
    const found = keys.find((key) => nameOf(key).equals(name))
    if (found === undefined) return [UNKNOWN, hmacOf(first), aesOf(first)]
    return [found === first ? GOOD : GOOD_BUT_RENEW, hmacOf(found), aesOf(found)]
  }
  asked.enableTicketKeyCallback()
}

function nameOf(key: TicketKey): Buffer {
  return key.subarray(0, 16)
}
function hmacOf(key: TicketKey): Buffer {
  return key.subarray(16, 32)
}
function aesOf(key: TicketKey): Buffer {
  return key.subarray(32, 48)
}
