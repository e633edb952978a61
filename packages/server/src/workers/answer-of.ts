import type { Logger, NuncioError } from '@nuncio/core'
import type { Worker } from './supervisor.ts'

/**
 * What a worker answers; undefined when it has ended, which others see. When it could not, the log says so, and `instead` is the
 * answer.
 */
export async function answerOf<T>(
  { slot, process }: Worker,
  asked: Promise<T>,
  doing: string,
  logger: Logger,
  instead: (message: string) => T | undefined = () => undefined,
): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    const { code, message } = error as NuncioError
    if (code === 'ERR_NUNCIO_WORKER_GONE') return undefined
    const text = `worker ${slot} failed at ${doing}: ${message}`
    logger.log('error', text, { pid: process.pid })
    return instead(text)
  }
}
