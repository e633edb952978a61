import { openConfig } from '@nuncio/checks'
import { canonical as canonicalText, type ConfigKind, type MessageName } from '@nuncio/config'
import { readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { isError } from './open-config.ts'
import { printProblems } from './print-problems.ts'
import { print } from './problem-output.ts'
import { readInput } from './read-file.ts'

const LINE = {
  name: 'canonical',
  usage: 'FILE',
  about:
    'Prints the canonical Envoy v3 form of a configuration: short forms written out, names in snake_case, JSON as YAML.\n' +
    'Comments stay. - is standard input.\n' +
    'Exit code: 0 printed, 1 the file has errors, 2 could not run.',
  options: {},
} as const

const TYPES: Readonly<Partial<Record<ConfigKind, MessageName>>> = {
  'route-configuration': 'envoy.config.route.v3.RouteConfiguration',
  listener: 'envoy.config.listener.v3.Listener',
  cluster: 'envoy.config.cluster.v3.Cluster',
  'load-assignment': 'envoy.config.endpoint.v3.ClusterLoadAssignment',
}

/** `nuncio canonical FILE`: the canonical v3 form, comments kept. */
export const canonical: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const file = given.words[0]
    if (file === undefined || given.words.length > 1) throw usageError(LINE, 'canonical needs one file')
    const bytes = readInput(file)
    const type = TYPES[openConfig(bytes, { file }).loaded.kind]
    const { text, problems } = canonicalText(bytes, type === undefined ? { file } : { file, type })
    printProblems(problems, new Map([[file, Buffer.from(bytes).toString('utf8')]]))
    if (text === undefined) return 1
    await print(text)
    return problems.some(isError) ? 1 : 0
  },
}
