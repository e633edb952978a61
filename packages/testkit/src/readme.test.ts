import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const BLOCKS = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block!)

test('the README has an example for each door', () => {
  expect(BLOCKS.map((block) => /from '(@nuncio\/testkit[^']*)'/.exec(block)?.[1])).toEqual([
    '@nuncio/testkit/proxy',
    '@nuncio/testkit',
  ])
})
