import type { Honours, MessageSchema } from '@nuncio/config'

/** The source text of `generated/product.ts`: one message a line, in the order of their names. */
export function productText(honours: Honours, definitions: readonly MessageSchema<unknown>[]): string {
  const lines = Object.entries(honours)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`)
  const own = definitions
    .filter(({ messages, enums }) => messages !== undefined || enums !== undefined)
    .map(({ type, messages, enums }) => JSON.stringify({ type, honours: {}, messages, enums }))
  const json = `{"honours":{\n${lines.join(',\n')}\n},"definitions":[\n${own.join(',\n')}\n]}`
  return `// Written by \`npm run docs\` from what @nuncio/server honours; do not edit.\nexport const PRODUCT_TEXT = String.raw\`${json.replaceAll(/[`$]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)}\`\n`
}
