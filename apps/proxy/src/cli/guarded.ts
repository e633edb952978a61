import { NuncioError } from '@nuncio/core'

/** Runs a tool; what keeps it from running is said on standard error and gives exit code 2. */
export async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NuncioError)) throw error
    process.stderr.write(`nuncio: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`)
    return 2
  }
}
