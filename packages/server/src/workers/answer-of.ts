import type { Logger, NuncioError } from '@nuncio/core'
import type { Worker } from './supervisor.ts'

/** What a worker answers; undefined when it has ended, which others see, or when it could not, which the log says. */
export async function answerOf<T>(
  { slot, process }: Worker,
  asked: Promise<T>,
  doing: string,
  logger: Logger,
): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    const { code, message } = error as NuncioError
    if (code !== 'ERR_NUNCIO_WORKER_GONE')
      logger.log('error', `worker ${slot} failed at ${doing}: ${message}`, { pid: process.pid })
    return undefined
  }
}
