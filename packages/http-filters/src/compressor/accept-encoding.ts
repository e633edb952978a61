/** A compressor of the chain that may be chosen. */
export interface Candidate {
  readonly encoding: string
  readonly chooseFirst: boolean
}

/** Which encoding a client gets, and what in its `accept-encoding` led there. */
export interface Choice {
  /** `identity`: none. */
  readonly encoding: string
  readonly by: 'name' | 'wildcard' | 'identity' | 'nothing'
}

const NOTHING: Choice = { encoding: 'identity', by: 'nothing' }
const IDENTITY: Choice = { encoding: 'identity', by: 'identity' }

/**
 * Chooses the encoding with the highest quality among those of `candidates`, given in the order of the chain. Of equal
 * ones the client's first wins, unless a candidate wants to be chosen first. Names count in lower case only, as Envoy's.
 */
export function chooseEncoding(acceptEncoding: string, candidates: readonly Candidate[]): Choice {
  const allowed = new Map<string, Candidate>()
  for (const one of candidates) if (!allowed.has(one.encoding)) allowed.set(one.encoding, one)
  const wishes = wishesIn(acceptEncoding)
  for (const { name, quality } of wishes) if (quality === 0) allowed.delete(name)
  if (allowed.size === 0) return NOTHING
  let best = { name: 'identity', quality: 0 }
  for (const wish of wishes) {
    const candidate = allowed.get(wish.name)
    if (candidate === undefined && wish.name !== 'identity' && wish.name !== '*') continue
    if (wish.quality > best.quality || (wish.quality === best.quality && candidate?.chooseFirst === true)) best = wish
  }
  if (best.quality === 0) return NOTHING
  if (best.name === 'identity') return IDENTITY
  if (best.name === '*') return { encoding: [...allowed.keys()][0]!, by: 'wildcard' }
  return { encoding: best.name, by: 'name' }
}

interface Wish {
  readonly name: string
  readonly quality: number
}

/** A quality that is no number makes its wish void. */
function wishesIn(acceptEncoding: string): readonly Wish[] {
  const wishes: Wish[] = []
  for (const token of acceptEncoding.split(',')) {
    const [name = ''] = token.split(';', 1)
    const equals = token.indexOf('=')
    const text = equals < 0 ? '1' : token.slice(equals + 1).trim()
    const quality = text === '' ? NaN : Number(text)
    if (name.trim() !== '' && !Number.isNaN(quality)) wishes.push({ name: name.trim(), quality })
  }
  return wishes
}
