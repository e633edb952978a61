/** `10.1.2.3`, 8 → `10.0.0.0/8`; the address itself when it has no IP form or the length does not fit it. */
export function maskAddress(address: string, bits: number): string {
  const groups = address.includes(':') ? ipv6Groups(address) : ipv4Bytes(address)
  if (groups === undefined) return address
  const width = groups.length === 4 ? 8 : 16
  if (bits > groups.length * width) return address
  const masked = groups.map((group, i) => {
    const keep = Math.min(width, Math.max(0, bits - i * width))
    return group - (group % 2 ** (width - keep))
  })
  return `${width === 8 ? masked.join('.') : ipv6Text(masked)}/${bits}`
}

function ipv4Bytes(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined
  return parts.map(Number)
}

function ipv6Groups(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('%')[0]!.split('::')
  if (more.length > 0) return undefined
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  if (before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  return [...before, ...Array.from({ length: missing }, () => 0), ...after]
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const part of text.split(':')) {
    const v4 = part.includes('.') ? ipv4Bytes(part) : undefined
    if (v4 !== undefined) groups.push(v4[0]! * 256 + v4[1]!, v4[2]! * 256 + v4[3]!)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`. */
function ipv6Text(groups: readonly number[]): string {
  let start = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > length) {
      start = i
      length = end - i
    }
  }
  const hex = groups.map((group) => group.toString(16))
  if (start < 0) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}
