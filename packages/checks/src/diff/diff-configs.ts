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

/**
 * What changes from one configuration to another, by meaning: things are told apart by name, match or address, not by
 * their place in the file. `closes` tells which live connections a running proxy ends when it takes the new one; routes
 * close none.
 */
export function diffConfigs(before: ConfigView, after: ConfigView): ConfigDiff {
  const changes = new Changes(before, after)
  compareListeners(changes)
  compareRoutes(changes)
  compareClusters(changes)
  compareSecrets(changes)
  compareRest(changes)
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

function compareSecrets(changes: Changes): void {
  const pairs = pairBy(secretsOf(changes.before), secretsOf(changes.after), ({ name = '' }) => name)
  for (const { item } of pairs.removed) changes.removed('secret', called(item), item)
  for (const { item } of pairs.added) changes.added('secret', called(item), item)
  for (const { before, after } of pairs.both) {
    const fields = fieldChanges(SECRET, changes.views, { before, after })
    if (fields.length > 0) changes.changed('secret', called(after), { before, after }, fields)
  }
}

/** Everything of a bootstrap that is no listener, cluster or secret. */
function compareRest(changes: Changes): void {
  const [x, y] = [changes.before.loaded.bootstrap, changes.after.loaded.bootstrap]
  if (x === undefined || y === undefined) return
  const { static_resources: _, ...before } = x
  const { static_resources: __, ...after } = y
  if (sameValue(before, after)) return
  const fields = fieldChanges('envoy.config.bootstrap.v3.Bootstrap', changes.views, {
    before,
    after,
    beforeRoot: x,
    afterRoot: y,
  })
  changes.note({
    kind: 'changed',
    what: 'bootstrap',
    name: 'the rest of the bootstrap',
    before: fields[0]?.beforePosition,
    after: fields[0]?.afterPosition,
    fields,
    closes: undefined,
  })
}
