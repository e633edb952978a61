import { EOS, HUFFMAN_CODES, HUFFMAN_LENGTHS } from './huffman-code.ts'

/** What was decoded is no string: a wrong padding, or the end-of-string symbol. */
export const BAD_HUFFMAN = -1
/** The string does not fit. */
export const HUFFMAN_TOO_LONG = -2

// A step takes four bits and goes from one inner node of the code's tree to another. As no code is shorter than five bits,
// it completes one symbol at most. An entry: the next node, then whether there is a symbol, then the symbol.
const NODES = 256
const EMITS = 1 << 8
const FAILS = 1 << 17
const STEPS = new Int32Array(NODES * 16)
/** Nodes at which a string may end: less than a byte behind a symbol, on nothing but ones. */
const ENDS = new Uint8Array(NODES)

buildSteps()

function buildSteps(): void {
  // children[2 * node + bit]: an inner node, or the complement of a symbol.
  const children = new Int32Array(2 * (NODES + 1))
  let nodes = 1
  for (let symbol = 0; symbol <= EOS; symbol++) {
    const code = HUFFMAN_CODES[symbol]!
    let node = 0
    for (let bit = HUFFMAN_LENGTHS[symbol]! - 1; bit > 0; bit--) {
      const at = 2 * node + ((code >>> bit) & 1)
      if (children[at] === 0) children[at] = nodes++
      node = children[at]!
    }
    children[2 * node + (code & 1)] = ~symbol
  }
  for (let node = 0; node < NODES; node++) {
    for (let nibble = 0; nibble < 16; nibble++) STEPS[node * 16 + nibble] = step(children, node, nibble)
  }
  for (let node = 0, depth = 0; depth < 8; depth++) {
    ENDS[node] = 1
    node = children[2 * node + 1]!
  }
}

function step(children: Int32Array, from: number, nibble: number): number {
  let node = from
  let emitted = 0
  for (let bit = 3; bit >= 0; bit--) {
    const child = children[2 * node + ((nibble >>> bit) & 1)]!
    if (child >= 0) {
      node = child
      continue
    }
    if (~child === EOS) return FAILS
    emitted = EMITS | (~child << 9)
    node = 0
  }
  return node | emitted
}

/** Decodes `bytes` from `from` to `to` into `out`; answers how many bytes that gave, `BAD_HUFFMAN` or `HUFFMAN_TOO_LONG`. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number, out: Uint8Array): number {
  const room = out.length
  let node = 0
  let length = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    for (let shift = 4; shift >= 0; shift -= 4) {
      const entry = STEPS[(node << 4) | ((byte >>> shift) & 15)]!
      if ((entry & (EMITS | FAILS)) !== 0) {
        if ((entry & FAILS) !== 0) return BAD_HUFFMAN
        if (length === room) return HUFFMAN_TOO_LONG
        out[length++] = (entry >>> 9) & 255
      }
      node = entry & 255
    }
  }
  return ENDS[node] === 1 ? length : BAD_HUFFMAN
}
