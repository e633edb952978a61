import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Case, Document } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import { Origin } from '../origins/origin.ts'
import type { Proxy } from '../proxies/proxy.ts'
import { configurationText, type Places, REFUSED_PORT, writeFiles } from './configuration.ts'
import { Cues } from './cues.ts'
import { withoutElapsed } from './elapsed.ts'
import { LogTail } from './log-tail.ts'
import { normalise, type PortNames } from './normalise.ts'
import type { Observation } from './observation.ts'
import { expectedLines, type Scene, playStep } from './play-step.ts'
import { settled } from './settled.ts'
import { shape } from './shape.ts'
import { changes, readStats } from './stats.ts'

/** Starts a proxy on a configuration; the folder is for its files. */
export type StartProxy = (configuration: string, folder: string) => Promise<Proxy>

/**
 * Plays all cases of a document with one proxy, one after the other. Rejects when the proxy does not start. `known` is what
 * another proxy made of them: as many lines of the log are waited for as it wrote.
 */
export async function playDocument(
  document: Document,
  start: StartProxy,
  known?: Readonly<Record<string, unknown>>,
): Promise<Map<string, Observation>> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-conformance-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const cues = new Cues()
  const origins = new Map<string, Origin>()
  for (const [name, script] of Object.entries(document.origins)) {
    origins.set(name, stack.use(await Origin.start(name, script, cues)))
  }
  const places: Places = { folder, origins, refused: REFUSED_PORT }
  writeFiles(document.config.files ?? {}, places)
  const proxy = stack.use(await start(configurationText(document.config, document.origins, places), folder))
  cues.stats = () => readStats(proxy)
  const scene: Omit<Scene, 'kept'> = { proxy, origins, places, cues }
  const log = new LogTail(path.join(folder, 'access.log'), logsBeside(document))
  const observations = new Map<string, Observation>()
  for (const each of document.cases) {
    // Cases share the proxy.
    observations.set(
      each.name,
      await playCase(each, { ...scene, kept: new Map() }, log, known && linesOf(known[each.name])),
    )
  }
  return observations
}

function logsBeside({ config: { variants = {}, ...main } }: Document): boolean {
  return [main, ...Object.values(variants)].some(({ access_logs }) => access_logs !== undefined)
}

/** How many lines of the log an observation has; undefined when it was not looked at. */
function linesOf(observation: unknown): number | undefined {
  const log = isTree(observation) ? observation['log'] : undefined
  return Array.isArray(log) ? log.length : undefined
}

async function playCase(each: Case, scene: Scene, log: LogTail, known: number | undefined): Promise<Observation> {
  scene.cues.reset()
  for (const [name, origin] of scene.origins) origin.reset(each.origins[name])
  const watched = each.compare.stats.length > 0
  const before = watched ? await readStats(scene.proxy) : new Map<string, number>()
  await using connections = new AsyncDisposableStack()
  const steps = []
  for (const step of each.steps) {
    steps.push(await playStep(step, scene, connections))
  }
  await connections.disposeAsync()
  await settled(scene, known === undefined ? 2 : 1)
  // Also where they are not compared: what comes late would be taken for lines of the next case.
  const lines = await log.take(known ?? each.compare.lines ?? expectedLines(each.steps), known !== undefined)
  const after = watched ? await readStats(scene.proxy) : before
  const requests = withoutElapsed([...scene.origins.values()].flatMap((origin) => origin.requests))
  if (each.steps.some(({ kind }) => kind === 'together')) lines.sort(byText)
  const raw = { steps, requests, lines, stats: changes(each.compare.stats, before, after) }
  const shown = normalise(shape(raw, [...scene.origins.keys()], each.compare), portNames(scene), scene.kept)
  // As a recording would hold it: a list has no gaps in JSON.
  return JSON.parse(JSON.stringify(shown)) as Observation
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
