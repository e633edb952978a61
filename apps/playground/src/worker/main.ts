import { NuncioError } from '@nuncio/core'
import { Answers } from './answers.ts'
import { extendProduct } from './product.ts'
import type { CallMessage, OwnMessages, ReplyMessage } from './protocol.ts'

const scope = self as unknown as {
  onmessage: ((event: { readonly data: CallMessage | OwnMessages }) => void) | null
  postMessage(message: ReplyMessage): void
}
const answers = new Answers()

async function reply({ id, call, args }: CallMessage): Promise<void> {
  try {
    const onProgress = (progress: number): void => scope.postMessage({ id, progress })
    scope.postMessage({ id, result: await answers.call(call, args, onProgress) })
  } catch (error) {
    const hint = error instanceof NuncioError ? (error.hint ?? '') : ''
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error), hint })
  }
}

scope.onmessage = ({ data }) => {
  if ('messages' in data) extendProduct(data.messages)
  else void reply(data)
}
