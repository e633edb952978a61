import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { ConfigView } from '../view/config-view.ts'
import { Changes, type Closing, type ConfigDiff } from './change.ts'
import { compareClusters } from './clusters.ts'
import { sameValue } from './equal.ts'
import { fieldChanges } from './field-changes.ts'
import { compareListeners } from './listeners.ts'
import { pairBy } from './pair.ts'
import { compareRoutes } from './routes.ts'

type Views = readonly [ConfigView, ConfigView]

/**
 * What changes from one configuration to another, by meaning: things are told apart by name, match or address, not by
 * their place in the file. `closes` tells which live connections a running proxy ends when it takes the new one; routes
 * close none.
 */
export function diffConfigs(before: ConfigView, after: ConfigView): ConfigDiff {
  const changes = new Changes()
  const views: Views = [before, after]
  compareListeners(views, changes)
  compareRoutes(views, changes)
  compareClusters(views, changes)
  compareSecrets(views, changes)
  compareRest(views, changes)
  return { changes: changes.list, closes: closingsOf(changes) }
}

/** When a listener is made anew, that of its chains goes without saying. */
function closingsOf({ list }: Changes): readonly Closing[] {
  const closings = list.flatMap(({ closes }) => closes ?? [])
  const whole = closings.filter(({ connections }) => connections.startsWith('connections of listener '))
  return closings.filter(
    (closing) =>
      whole.includes(closing) ||
      !whole.some(({ connections }) => closing.connections.endsWith(connections.slice('connections of'.length))),
  )
}

const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret'

type Secret = Message<typeof SECRET>

function secretsOf(view: ConfigView): readonly Secret[] {
  return view.loaded.bootstrap?.static_resources?.secrets ?? []
}

function called({ name = '' }: Secret): string {
  return `secret ${quoted(name)}`
}

function compareSecrets(views: Views, changes: Changes): void {
  const pairs = pairBy(secretsOf(views[0]), secretsOf(views[1]), ({ name = '' }) => name)
  for (const { item } of pairs.removed)
    changes.add({
      kind: 'removed',
      what: 'secret',
      name: called(item),
      before: views[0].positionOf(item),
      after: undefined,
    })
  for (const { item } of pairs.added)
    changes.add({
      kind: 'added',
      what: 'secret',
      name: called(item),
      before: undefined,
      after: views[1].positionOf(item),
    })
  for (const { before, after } of pairs.both) {
    const fields = fieldChanges(SECRET, views, { before, after, beforeRoot: before, afterRoot: after })
    if (fields.length > 0)
      changes.add({
        kind: 'changed',
        what: 'secret',
        name: called(after),
        before: views[0].positionOf(before),
        after: views[1].positionOf(after),
        fields,
      })
  }
}

/** Everything of a bootstrap that is no listener, cluster or secret. */
function compareRest(views: Views, changes: Changes): void {
  const [x, y] = [views[0].loaded.bootstrap, views[1].loaded.bootstrap]
  if (x === undefined || y === undefined) return
  const { static_resources: _, ...before } = x
  const { static_resources: __, ...after } = y
  if (sameValue(before, after)) return
  const fields = fieldChanges('envoy.config.bootstrap.v3.Bootstrap', views, {
    before,
    after,
    beforeRoot: x,
    afterRoot: y,
  })
  changes.add({
    kind: 'changed',
    what: 'bootstrap',
    name: 'the rest of the bootstrap',
    before: fields[0]?.beforePosition,
    after: fields[0]?.afterPosition,
    fields,
  })
}
