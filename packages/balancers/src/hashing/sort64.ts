/** How many keys are moved between two pauses. */
const SLICE = 32_768

/**
 * Sorts 64-bit keys, given as unsigned halves, together with the value of each; in place, ascending, stable. A radix
 * sort of six passes: linear, so that large rings can be built in slices.
 */
export function* sort64(highs: Uint32Array, lows: Uint32Array, values: Uint32Array): Generator<void, void> {
  const count = highs.length
  const spare = { highs: new Uint32Array(count), lows: new Uint32Array(count), values: new Uint32Array(count) }
  let from: Keys = { highs, lows, values }
  let to: Keys = spare
  for (let pass = 0; pass < PASSES.length; pass++) {
    const { half, shift, mask } = PASSES[pass]!
    const keys = half === 0 ? from.lows : from.highs
    const starts = yield* startsOf(keys, shift, mask)
    for (let i = 0; i < count; i++) {
      const at = starts[(keys[i]! >>> shift) & mask]!++
      to.highs[at] = from.highs[i]!
      to.lows[at] = from.lows[i]!
      to.values[at] = from.values[i]!
      if (i % SLICE === SLICE - 1) yield
    }
    ;[from, to] = [to, from]
  }
}

interface Keys {
  readonly highs: Uint32Array
  readonly lows: Uint32Array
  readonly values: Uint32Array
}

// An even number of passes, so that the result ends where it began: 11 + 11 + 10 bits of each half.
const PASSES = [0, 1].flatMap((half) => [
  { half, shift: 0, mask: 0x7ff },
  { half, shift: 11, mask: 0x7ff },
  { half, shift: 22, mask: 0x3ff },
])

/** Where each digit's run begins in the sorted order. */
function* startsOf(keys: Uint32Array, shift: number, mask: number): Generator<void, Uint32Array> {
  const starts = new Uint32Array(mask + 2)
  for (let i = 0; i < keys.length; i++) {
    starts[((keys[i]! >>> shift) & mask) + 1]!++
    if (i % SLICE === SLICE - 1) yield
  }
  for (let digit = 1; digit <= mask; digit++) starts[digit]! += starts[digit - 1]!
  return starts
}
