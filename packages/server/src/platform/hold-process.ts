/** About as long as a timer may be: every twelve days it fires for nothing. */
const LONG_MS = 2 ** 30

/** Keeps the process alive until the work is done: while clusters warm there may be nothing but timers that do not. */
export async function holdProcess<T>(work: Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, LONG_MS)
  try {
    return await work
  } finally {
    clearInterval(hold)
  }
}
