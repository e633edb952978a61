export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Settles when the callback that `start` gets is called, or after so many milliseconds. */
export function within(ms: number, start: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms))
    start(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Asks again and again until `ask` answers true; false when it never did within so many milliseconds. */
export async function eventually(ms: number, ask: () => boolean | Promise<boolean>, every = 10): Promise<boolean> {
  for (const began = performance.now(); ;) {
    if (await ask()) return true
    if (performance.now() - began >= ms) return false
    await pause(every)
  }
}
