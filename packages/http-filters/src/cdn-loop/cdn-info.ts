const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
/** A host with a port, or a pseudonym (RFC 8586 2). */
const ID = `(?:\\[[0-9A-Fa-f:.]*\\]|${TOKEN})(?::\\d*)?`
const QUOTED = '"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"'
const PARAMETERS = `(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*`

const WHOLE_ID = new RegExp(`^${ID}$`)
const ELEMENT = new RegExp(`(${ID})${PARAMETERS}[ \\t]*(?=,|$)`, 'y')
const BETWEEN = /[ \t,]*/y

/** Whether a text is a `cdn-id`. */
export function isCdnId(text: string): boolean {
  return WHOLE_ID.test(text)
}

/** How often a `CDN-Loop` names this CDN; -1 when it is malformed. Ids are compared letter by letter, as by Envoy. */
export function occurrences(header: string, cdnId: string): number {
  let count = 0
  let at = behindBlanks(header, 0)
  while (at < header.length) {
    ELEMENT.lastIndex = at
    const element = ELEMENT.exec(header)
    if (element === null) return -1
    if (element[1] === cdnId) count++
    at = behindBlanks(header, ELEMENT.lastIndex)
  }
  return count
}

/** Empty elements of a list are passed over. */
function behindBlanks(text: string, at: number): number {
  BETWEEN.lastIndex = at
  BETWEEN.exec(text)
  return BETWEEN.lastIndex
}
