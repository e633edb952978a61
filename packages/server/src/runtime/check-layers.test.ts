import { loadBootstrap, type Problem } from '@nuncio/config'
import { expect, test } from 'vitest'
import { checkLayers } from './check-layers.ts'

function problemsOf(layer: string): readonly string[] {
  const { config, sources } = loadBootstrap(`layered_runtime: { layers: [{ name: a, ${layer} }] }`)
  const problems: Problem[] = []
  checkLayers(config!, sources, problems)
  return problems.map(({ code, path }) => `${code} ${path}`)
}

test.each(['disk_layer: {}', 'disk_layer: { symlink_root: x }', 'disk_layer: { symlink_root: "/x\\0" }'])(
  'a disk layer needs the path of a link in a folder: %s',
  (layer) => {
    expect(problemsOf(layer)).toEqual(['rule layered_runtime.layers[0].disk_layer.symlink_root'])
  },
)

test('a disk layer whose link is not there is taken', () => {
  expect(problemsOf('disk_layer: { symlink_root: /nowhere }')).toEqual([])
})
