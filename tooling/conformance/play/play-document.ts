import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Case, Document } from '../model/document.ts'
import { Origin } from '../origins/origin.ts'
import type { Proxy } from '../proxies/proxy.ts'
import { pause } from '../client/waiting.ts'
import { configurationText, type Places, refusedPort } from './configuration.ts'
import { LogTail } from './log-tail.ts'
import { normalise, type PortNames } from './normalise.ts'
import type { Observation } from './observation.ts'
import { expectedLines, type Scene, playStep } from './play-step.ts'
import { shape } from './shape.ts'
import { changes, readStats } from './stats.ts'

/** Starts a proxy on a configuration; the folder is for its files. */
export type StartProxy = (configuration: string, folder: string) => Promise<Proxy>

/** Plays all cases of a document with one proxy, one after the other. Rejects when the proxy does not start. */
export async function playDocument(document: Document, start: StartProxy): Promise<Map<string, Observation>> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-conformance-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const origins = new Map<string, Origin>()
  for (const [name, script] of Object.entries(document.origins)) {
    // oxlint-disable-next-line no-await-in-loop -- a few sockets
    origins.set(name, stack.use(await Origin.start(name, script)))
  }
  const places: Places = { folder, origins, refused: await refusedPort() }
  const proxy = stack.use(await start(configurationText(document.config, document.origins, places), folder))
  const scene: Scene = { proxy, origins, places }
  const log = new LogTail(path.join(folder, 'access.log'))
  const observations = new Map<string, Observation>()
  for (const each of document.cases) {
    // oxlint-disable-next-line no-await-in-loop -- cases share the proxy
    observations.set(each.name, await playCase(each, scene, log))
  }
  return observations
}

async function playCase(each: Case, scene: Scene, log: LogTail): Promise<Observation> {
  for (const [name, origin] of scene.origins) origin.reset(each.origins[name])
  const watched = each.compare.stats.length > 0
  const before = watched ? await readStats(scene.proxy) : new Map<string, number>()
  await using connections = new AsyncDisposableStack()
  const steps = []
  for (const step of each.steps) {
    // oxlint-disable-next-line no-await-in-loop -- steps are a sequence
    steps.push(await playStep(step, scene, connections))
  }
  await connections.disposeAsync()
  const { least, unsure } = expectedLines(each.steps)
  if (unsure) await pause(40)
  const lines: Record<string, string>[] =
    each.compare.log === 'none' ? await log.take(0) : await log.take(each.compare.lines ?? least)
  const after = watched ? await readStats(scene.proxy) : before
  const requests = [...scene.origins.values()].flatMap((origin) => origin.requests)
  if (each.steps.some(({ kind }) => kind === 'together')) lines.sort(byText)
  const raw = { steps, requests, lines, stats: changes(each.compare.stats, before, after) }
  return normalise(shape(raw, [...scene.origins.keys()], each.compare), portNames(scene)) as Observation
}

/** Streams that run beside each other end in any order. */
const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

function portNames({ proxy, origins, places }: Scene): PortNames {
  return new Map([
    ...[...origins].map(([name, { port }]) => [port, `origin ${name}`] as const),
    ...[...proxy.ports].map(([name, port]) => [port, `listener ${name}`] as const),
    [proxy.adminPort, 'admin'],
    [places.refused, 'refused'],
  ])
}
