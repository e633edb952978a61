/** The body that belongs to an id: some are short, some take many packets, and none fits another id. */
export function bodyOf(id: string): string {
  const number = Number(id.replaceAll(/\D/g, ''))
  return `${id};`.repeat(number % 8 === 0 ? 4000 : 1 + (number % 40))
}
