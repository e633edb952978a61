const PREFIX = 9
const TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
]
const END_STREAM = 1
const ACK = 1

/**
 * What a server said over HTTP/2 (bytes as Latin-1 text): its frames in words, with streams, ends and error codes. What header
 * blocks hold depends on each encoder, and is left out; so are windows and acknowledged settings, which say nothing about a
 * request. A body may come in any number of frames.
 */
export function framesIn(latin1: string): readonly string[] {
  const bytes = Buffer.from(latin1, 'latin1')
  const frames: string[] = []
  for (let at = 0; at + PREFIX <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3)
    const payload = bytes.subarray(at + PREFIX, at + PREFIX + length)
    const words = frameInWords(bytes[at + 3]!, bytes[at + 4]!, bytes.readUInt32BE(at + 5), payload)
    if (words !== undefined) frames.push(...joined(frames.splice(-1), words))
    at += PREFIX + length
  }
  return frames
}

const BODY = /^DATA (\d+) of (\d+)(| END_STREAM)$/

/** The frame before and the next one: data of one stream is one. */
function joined([before]: readonly string[], next: string): readonly string[] {
  if (before === undefined) return [next]
  const [first, second] = [BODY.exec(before), BODY.exec(next)]
  if (first === null || second === null || first[1] !== second[1] || first[3] !== '') return [before, next]
  return [`DATA ${first[1]} of ${Number(first[2]) + Number(second[2])}${second[3]}`]
}

/** Whether this can only be HTTP/2: a server's first frame is SETTINGS, of stream 0. */
export function looksLikeFrames(latin1: string): boolean {
  return (
    latin1.length >= PREFIX && latin1.charCodeAt(3) === TYPES.indexOf('SETTINGS') && latin1.slice(5, 9) === '\0\0\0\0'
  )
}

function frameInWords(type: number, flags: number, stream: number, payload: Buffer): string | undefined {
  const name = TYPES[type] ?? `type ${type}`
  if (name === 'WINDOW_UPDATE') return undefined
  if (name === 'SETTINGS') return (flags & ACK) === 0 ? name : undefined
  if (name === 'PING') return (flags & ACK) === 0 ? name : `${name} ACK`
  if (name === 'GOAWAY') return payload.length < 8 ? name : `${name} code ${payload.readUInt32BE(4)}`
  if (name === 'RST_STREAM') return payload.length < 4 ? name : `${name} ${stream} code ${payload.readUInt32BE(0)}`
  const end = (flags & END_STREAM) === 0 ? '' : ' END_STREAM'
  return `${name} ${stream}${name === 'DATA' ? ` of ${payload.length}` : ''}${end}`
}
