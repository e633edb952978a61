import { loadAny, type LoadedAny, type LoadOptions, type Message, type Problem, type Sources } from '@nuncio/config'
import { managersOf } from './managers.ts'

type ConfigSource = Message<'envoy.config.core.v3.ConfigSource'>

/** Reads a file that a configuration takes resources from; throws when it cannot. */
export type ReadFile = (file: string) => Uint8Array

/** What the files of a configuration hold, and what is to be said about them. */
export interface Followed {
  readonly files: readonly LoadedAny[]
  readonly problems: readonly Problem[]
}

/** Reads the files that a configuration takes resources from (`path_config_source`), and those that they name again. */
export function followFiles(main: LoadedAny, options: LoadOptions, readFile: ReadFile): Followed {
  const files: LoadedAny[] = []
  const problems: Problem[] = []
  const seen = new Set<string>()
  // As in the proxy, what a control plane of another age writes is told and left out.
  const lenient = { ...options, allowUnknownFields: true, noShortForms: true }
  const waiting = [main]
  for (let holder = waiting.shift(); holder !== undefined; holder = waiting.shift()) {
    for (const source of sourcesIn(holder)) {
      const path = source.path_config_source?.path
      if (path === undefined || seen.has(path)) continue
      seen.add(path)
      const say = (message: string): void => void problems.push(unread(holder, source, path, message))
      if (path.endsWith('.pb')) {
        say('holds bytes, which are not looked into')
        continue
      }
      try {
        const found = loadAny(readFile(path), { ...lenient, file: path })
        if (found.kind === 'resources') files.push(found)
        else say(`is no DiscoveryResponse: its resources stand in a list "resources"`)
        waiting.push(found)
      } catch (error) {
        say(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  return { files, problems }
}

function sourcesIn({ bootstrap, clusters, listeners }: LoadedAny): readonly ConfigSource[] {
  const { cds_config: cds, lds_config: lds } = bootstrap?.dynamic_resources ?? {}
  const eds = clusters.map((cluster) => cluster.eds_cluster_config?.eds_config)
  const rds = managersOf(listeners).map(({ config }) => config.rds?.config_source)
  return [cds, lds, ...eds, ...rds].filter((source) => source !== undefined)
}

/** Not an error: where a file is written, the files that it names may be missing. */
function unread({ result }: LoadedAny, source: ConfigSource, path: string, message: string): Problem {
  const node = source.path_config_source ?? source
  const at = result.sources.positionOf(node, 'path') ?? { file: '', line: 0, column: 0 }
  const text = `the file ${JSON.stringify(path)} ${message}`
  return { code: 'unreadable', severity: 'warning', path: '', message: text, hint: '', ...at }
}

/** A configuration and the resources of its files, as if they stood in one. */
export function joined(main: LoadedAny, { files, problems }: Followed): LoadedAny {
  if (files.length === 0 && problems.length === 0) return main
  const all = [main, ...files]
  const sources: Sources = {
    positionOf(node, field) {
      for (const { result } of all) {
        const position = result.sources.positionOf(node, field)
        if (position !== undefined) return position
      }
      return undefined
    },
  }
  return {
    ...main,
    result: {
      ...main.result,
      problems: [...all.flatMap(({ result }) => result.problems), ...problems],
      sources,
      texts: new Map(all.flatMap(({ result }) => [...result.texts])),
    },
    listeners: all.flatMap(({ listeners }) => listeners),
    clusters: all.flatMap(({ clusters }) => clusters),
    routeConfigurations: all.flatMap(({ routeConfigurations }) => routeConfigurations),
    loadAssignments: all.flatMap(({ loadAssignments }) => loadAssignments),
  }
}
