import { type MapNode, type Node, nodeOf } from '../tree/node.ts'
import { numberOf } from '../tree/scalar.ts'
import { fieldEntry, fieldValue, type ShortForm, type ShortFormContext } from './short-form.ts'

/** What is worth another attempt when the file does not say: a 5xx answer, or no answer for want of a connection. */
const RETRY_ON = '5xx,connect-failure,refused-stream'

/** `retries: {attempts: N}` on a route action. */
export const retries: ShortForm = (node, context) => {
  const entry = fieldEntry(node, 'retries')
  if (!entry || node.kind !== 'map' || fieldEntry(node, 'retry_policy')) return node
  const attempts = attemptsOf(entry.value)
  if (attempts === undefined) return node
  const canonical = `retry_policy: { retry_on: "${RETRY_ON}", num_retries: ${attempts} }`
  context.say(entry.keyOffset, 'retries stands for a retry_policy', canonical)
  replace(node, entry.key, attempts, entry.value.offset, context)
  return node
}

function attemptsOf(node: Node): number | undefined {
  const attempts = node.kind === 'map' && node.entries.length === 1 ? fieldValue(node, 'attempts') : node
  const number = attempts?.kind === 'scalar' ? numberOf(attempts.text) : undefined
  return number !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined
}

function replace(node: MapNode, key: string, attempts: number, offset: number, context: ShortFormContext): void {
  const entry = fieldEntry(node, key)!
  const value = nodeOf({ retry_on: RETRY_ON, num_retries: attempts }, offset)
  context.note({ op: 'rename', path: [...context.path, key], key: 'retry_policy' })
  entry.key = 'retry_policy'
  entry.value = value
  context.note({ op: 'set', path: [...context.path, 'retry_policy'], value })
}
