import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatPretty, loadBootstrap } from './index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!)

test('the YAML of the README has no problems', () => {
  expect(blocks('yaml')).toHaveLength(1)
  for (const text of blocks('yaml')) expect(loadBootstrap(text).problems).toEqual([])
})

test('the example of the README prints what the README says', () => {
  const text = /`(static_resources:[\s\S]*?)`/.exec(blocks('ts')[0]!)![1]!
  const { problems, texts } = loadBootstrap(text, { file: 'envoy.yaml' })
  expect(formatPretty(problems, texts)).toBe(blocks('text')[0])
})
