/** Does something with each of a list, so many at a time; answers in the order of the list. */
export async function inParallel<T, R>(list: readonly T[], width: number, work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < list.length) {
      const at = next++
      results[at] = await work(list[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, list.length) }, worker))
  return results
}
