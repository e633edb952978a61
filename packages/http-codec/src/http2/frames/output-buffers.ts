/** Room for several of the largest frames. */
const SIZE = 64 * 1024
const KEPT = 4
const pool: Buffer[] = []

/** Memory to write frames into. It goes round: a connection has some only while it has something to write. */
export function takeOutput(): Buffer {
  return pool.pop() ?? Buffer.allocUnsafeSlow(SIZE)
}

/** Gives memory back of which nobody needs anything any more. */
export function giveOutput(buffer: Buffer): void {
  if (pool.length < KEPT) pool.push(buffer)
}
