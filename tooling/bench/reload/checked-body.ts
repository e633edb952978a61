const BYTES = 1024

/** The body that an origin answers to a path: nobody else's. */
export function bodyOf(path: string): string {
  return `${path}\n`.repeat(Math.ceil(BYTES / (path.length + 1))).slice(0, BYTES)
}
