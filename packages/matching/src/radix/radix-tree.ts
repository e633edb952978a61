/** A node of a radix tree: the keys below it share what leads here. */
export class RadixNode<T> {
  /** What this node adds to its parent's key. */
  label: string
  /** Length of the whole key that ends here. */
  depth: number
  /** Set when a key ends here. */
  value: T | undefined = undefined
  /** First characters of the children, in the order of `children`. */
  firsts = ''
  children: RadixNode<T>[] | undefined = undefined
  /** Index into `children` plus one by first character; only in wide nodes. */
  wide: Uint16Array | undefined = undefined

  constructor(label: string, depth: number) {
    this.label = label
    this.depth = depth
  }
}

/** How many children make a node wide: from there on a table is faster than looking through them. */
const WIDE = 12

/** How keys are compared; by default from their beginnings, and letter by letter. */
export interface RadixOptions {
  /** Keys are compared from their ends: suffixes instead of prefixes. */
  readonly reverse?: boolean
  /** Capitals A to Z in looked-up texts count as small letters; keys must be in lower case. */
  readonly fold?: boolean
}

/**
 * Finds the keys that a text begins with (or ends with), in time that depends on the text and not on the number of
 * keys. Characters are bytes: 0 to 255. Look-ups allocate nothing.
 */
export class RadixTree<T> {
  readonly root = new RadixNode<T>('', 0)
  readonly #reverse: boolean
  readonly #fold: boolean
  #size = 0

  constructor(options: RadixOptions = {}) {
    this.#reverse = options.reverse === true
    this.#fold = options.fold === true
  }

  /** How many keys have a value. */
  get size(): number {
    return this.#size
  }

  /** The node of a key, made when there is none; set its `value` with `set` or directly after this. */
  node(key: string): RadixNode<T> {
    const text = this.#reverse ? reversed(key) : key
    let node = this.root
    while (node.depth < text.length) node = descend(node, text)
    return node
  }

  /** Gives a key a value; false when it had one, which stays. */
  set(key: string, value: T): boolean {
    const node = this.node(key)
    if (node.value !== undefined) return false
    node.value = value
    this.#size++
    return true
  }

  /**
   * The value of the longest key, at most `maxLength` long, that the first (last) `length` characters of a text
   * begin (end) with.
   */
  longest(text: string, length = text.length, maxLength = length): T | undefined {
    let best = this.root.value
    let node = this.root
    for (;;) {
      const child = this.next(node, text, length)
      if (child === undefined || child.depth > maxLength) return best
      node = child
      if (node.value !== undefined) best = node.value
    }
  }

  /** As `longest`, but the values of all such keys, the shortest first. */
  all(text: string, length = text.length, maxLength = length): readonly T[] {
    const found: T[] = []
    for (let node: RadixNode<T> | undefined = this.root; node !== undefined && node.depth <= maxLength;) {
      if (node.value !== undefined) found.push(node.value)
      node = this.next(node, text, length)
    }
    return found
  }

  /** The child of a node that a text goes on with, when its whole label fits. For walks that look at every node. */
  next(node: RadixNode<T>, text: string, length: number): RadixNode<T> | undefined {
    const depth = node.depth
    if (depth >= length || node.children === undefined) return undefined
    const reverse = this.#reverse
    const fold = this.#fold
    const child = childAt(node, charAt(text, reverse ? length - 1 - depth : depth, fold))
    if (child === undefined || child.depth > length) return undefined
    const label = child.label
    for (let i = 1; i < label.length; i++) {
      const c = charAt(text, reverse ? length - 1 - depth - i : depth + i, fold)
      if (c !== label.charCodeAt(i)) return undefined
    }
    return child
  }
}

function charAt(text: string, at: number, fold: boolean): number {
  const c = text.charCodeAt(at)
  return fold && c >= 65 && c <= 90 ? c + 32 : c
}

function childAt<T>(node: RadixNode<T>, c: number): RadixNode<T> | undefined {
  if (node.wide !== undefined) return node.children![node.wide[c & 255]! - 1]
  const firsts = node.firsts
  for (let i = 0; i < firsts.length; i++) if (firsts.charCodeAt(i) === c) return node.children![i]
  return undefined
}

function reversed(text: string): string {
  let out = ''
  for (let i = text.length - 1; i >= 0; i--) out += text[i]!
  return out
}

/** One step towards `text`, making or splitting a child as needed. */
function descend<T>(node: RadixNode<T>, text: string): RadixNode<T> {
  const depth = node.depth
  const first = text[depth]!
  const index = node.firsts.indexOf(first)
  if (index < 0) return addChild(node, new RadixNode<T>(text.slice(depth), text.length))
  const child = node.children![index]!
  const label = child.label
  let same = 1
  while (same < label.length && label[same] === text[depth + same]) same++
  if (same === label.length) return child
  const middle = new RadixNode<T>(label.slice(0, same), depth + same)
  node.children![index] = middle
  child.label = label.slice(same)
  addChild(middle, child)
  return middle
}

function addChild<T>(node: RadixNode<T>, child: RadixNode<T>): RadixNode<T> {
  node.children ??= []
  node.children.push(child)
  node.firsts += child.label[0]!
  if (node.wide !== undefined) node.wide[child.label.charCodeAt(0) & 255] = node.children.length
  else if (node.children.length >= WIDE) {
    node.wide = new Uint16Array(256)
    for (let i = 0; i < node.firsts.length; i++) node.wide[node.firsts.charCodeAt(i) & 255] = i + 1
  }
  return child
}
