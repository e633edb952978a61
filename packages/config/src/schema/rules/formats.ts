// Forms of text that validation rules know. Each is a single pass or an anchored pattern without nested repetition.

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

export function isIpv6(text: string): boolean {
  const zone = text.indexOf('%')
  const body = zone < 0 ? text : text.slice(0, zone)
  if (zone === text.length - 1 || body.length > 45) return false
  const halves = body.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)?.at(-1)
  const tail = last !== undefined && last.includes('.')
  if (tail && !isIpv4(last)) return false
  const count = groups.flat().length + (tail ? 1 : 0)
  if (!groups.flat().every((group) => (tail && group === last) || /^[\da-fA-F]{1,4}$/.test(group))) return false
  return halves.length === 2 ? count <= 7 : count === 8
}

export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text)
}

export function isHostname(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  if (name.length === 0 || name.length > 253) return false
  return name.split('.').every((label) => label.length <= 63 && /^[\da-zA-Z](?:[\da-zA-Z-]*[\da-zA-Z])?$/.test(label))
}

export function isAddress(text: string): boolean {
  return isHostname(text) || isIp(text)
}

export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && at <= 64 && text.length <= 254 && !/[\s<>()]/.test(text) && isHostname(text.slice(at + 1))
}

export function isUri(text: string): boolean {
  return /^[a-zA-Z][\w+.-]*:[^\s]+$/.test(text)
}

export function isUriReference(text: string): boolean {
  return /^[^\s]*$/.test(text)
}

export function isUuid(text: string): boolean {
  return /^[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}$/.test(text)
}
