/** A part of a parsed template: literal text, `*`, `**`, or a capture around such parts. */
export type TemplatePart =
  | { readonly text: string }
  | { readonly glob: 'segment' | 'rest' }
  | { readonly name: string; readonly parts: readonly TemplatePart[] }

/** Segments between slashes, each of parts that stand together. */
export interface ParsedTemplate {
  readonly segments: readonly (readonly TemplatePart[])[]
  readonly names: readonly string[]
}

// Envoy lets a `*` inside a literal through to its regex, where it repeats the character before it.
const LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=*]+$/
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/
const MAX_VARIABLES = 5
const MAX_NAME = 16
const MAX_LENGTH = 256

class Refused extends Error {}

function refuse(why: string): never {
  throw new Refused(why)
}

/** Reads the pattern of a URI template; a text says why it is refused. */
export function parseTemplate(pattern: string): ParsedTemplate | string {
  try {
    return read(pattern)
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

function read(pattern: string): ParsedTemplate {
  if (pattern.length > MAX_LENGTH) refuse(`it is longer than ${MAX_LENGTH} characters`)
  if (!/^\/[\x21-\x7e]*$/.test(pattern)) refuse('it must begin with a slash and hold printable characters only')
  const segments: TemplatePart[][] = []
  let rest = pattern.slice(1)
  while (rest !== '') {
    const [parts, after] = rest.startsWith('*') ? readGlobSegment(rest) : readSegment(rest)
    segments.push(parts)
    if (after === '/') segments.push([])
    rest = after.slice(1)
  }
  const names = segments.flat().flatMap((part) => ('name' in part ? [part.name] : []))
  checkNames(names)
  checkGlobs(segments.flat())
  return { segments, names }
}

function readGlob(text: string): [TemplatePart, string] {
  return text.startsWith('**') ? [{ glob: 'rest' }, text.slice(2)] : [{ glob: 'segment' }, text.slice(1)]
}

function readLiteral(text: string): TemplatePart {
  return LITERAL.test(text) ? { text } : refuse(`${JSON.stringify(text)} is no legal literal`)
}

/** An operator that is a segment by itself; a suffix may follow it in the last segment. */
function readGlobSegment(text: string): [TemplatePart[], string] {
  const [glob, rest] = readGlob(text)
  if (rest === '' || rest.startsWith('/')) return [[glob], rest]
  if (rest.includes('/')) refuse('an operator with a suffix must be the last segment')
  return [[glob, readLiteral(rest)], '']
}

/** Literal text, at most one variable, literal text. */
function readSegment(text: string): [TemplatePart[], string] {
  const parts: TemplatePart[] = []
  let rest = text
  const brace = rest.indexOf('{')
  const slash = rest.indexOf('/')
  if (brace >= 0 && (slash < 0 || brace < slash)) {
    if (brace > 0) parts.push(readLiteral(rest.slice(0, brace)))
    const close = rest.indexOf('}', brace)
    if (close < 0) refuse('a brace is not closed')
    parts.push(readVariable(rest.slice(brace + 1, close)))
    rest = rest.slice(close + 1)
  }
  const end = rest.indexOf('/')
  const literal = end < 0 ? rest : rest.slice(0, end)
  if (literal !== '' || parts.length === 0) parts.push(readLiteral(literal))
  return [parts, rest.slice(literal.length)]
}

function readVariable(body: string): TemplatePart {
  const equals = body.indexOf('=')
  const name = equals < 0 ? body : body.slice(0, equals)
  if (!NAME.test(name)) refuse(`${JSON.stringify(name)} is no legal variable name`)
  if (equals < 0) return { name, parts: [{ glob: 'segment' }] }
  const parts = body
    .slice(equals + 1)
    .split('/')
    .map((piece) => {
      if (!piece.startsWith('*')) return readLiteral(piece)
      const [glob, rest] = readGlob(piece)
      return rest === '' ? glob : refuse(`${JSON.stringify(rest)} cannot follow an operator`)
    })
  return { name, parts }
}

function checkNames(names: readonly string[]): void {
  if (names.length > MAX_VARIABLES) refuse(`it has more than ${MAX_VARIABLES} variables`)
  const long = names.find((name) => name.length > MAX_NAME)
  if (long !== undefined) refuse(`the variable name ${long} is longer than ${MAX_NAME} characters`)
  if (new Set(names).size !== names.length) refuse('a variable name is repeated')
}

function checkGlobs(parts: readonly TemplatePart[]): void {
  const globs = parts.flatMap((part) => ('name' in part ? part.parts : [part])).filter((part) => 'glob' in part)
  if (globs.slice(0, -1).some((part) => part.glob === 'rest')) refuse('nothing but literals may follow `**`')
}
