import { expect, test } from 'vitest'
import { deadLinks } from './links.mjs'

test('finds the relative links that lead nowhere, and only those', () => {
  const text = `
[here](here.md) and [there](../gone.md#part), [the web](https://example.com), [a heading](#below)
\`[code](nope.md)\`
\`\`\`md
[in a block](nope.md)
\`\`\`
`
  expect(deadLinks(text, (target) => target === 'here.md')).toEqual(['../gone.md'])
})
