import { StatsStore } from '@nuncio/core'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDiskLayer } from './disk-layer.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-runtime-'))
  for (const [name, value] of [['current/a', '1'], ['current/shop/a', '2'], ['current/shop/b/c', 'x']] as const) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), value)
  } // prettier-ignore
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (append: boolean, cluster: string, errors: string[] = []): [string, unknown][] => [
  ...readDiskLayer(
    { symlink_root: folder, subdirectory: 'current', append_service_cluster: append },
    cluster,
    new StatsStore().scope(''),
    (message) => errors.push(message),
  ),
]

test('a runtime directory has a key for each file, with dots for folders', () => {
  expect(read(false, 'shop')).toEqual([
    ['a', 1],
    ['shop.a', 2],
    ['shop.b.c', 'x'],
  ])
})

test('append_service_cluster takes the folder of the cluster that the proxy belongs to', () => {
  expect(read(true, 'shop')).toEqual([
    ['a', 2],
    ['b.c', 'x'],
  ])
})

test('a folder that is not there is told of, and there are no values', () => {
  const errors: string[] = []
  expect(read(true, 'bank', errors)).toEqual([])
  expect(errors).toEqual([expect.stringContaining(path.join(folder, 'current/bank'))])
})
