import { parseFlags } from './parse-flags.ts'

/** Envoy's own flags, so that nuncio drops in where Envoy was. */
export const FLAGS = {
  'config-path': { type: 'string', short: 'c', help: 'the configuration file (YAML or JSON)' },
  'config-yaml': { type: 'string', help: 'configuration as YAML text; merged over the file' },
  mode: { type: 'string', help: 'serve (default), validate: check and exit, init_only: initialise and exit' },
  'log-level': { type: 'string', short: 'l', help: 'trace, debug, info (default), warning, error, critical, off' },
  'component-log-level': { type: 'string', help: 'levels of single components, such as upstream:debug,router:trace' },
  'log-path': { type: 'string', help: 'write the log to this file instead of standard error' },
  'log-format': { type: 'string', help: 'format of log lines' },
  filter: {
    type: 'string',
    multiple: true,
    help: 'a module with HTTP filters: a package, or a path that begins with ./ (may be given often)',
  },
  watch: { type: 'boolean', help: 'reload the file when it changes (default)' },
  'no-watch': { type: 'boolean', help: 'reload only on SIGHUP and POST /reload' },
  concurrency: { type: 'string', help: 'number of workers, each a process (1: all in this one)' },
  supervise: { type: 'boolean', help: 'a process that watches and replaces the worker, also when there is only one' },
  'base-id': { type: 'string', help: 'accepted for compatibility' },
  'file-flush-interval-msec': { type: 'string', help: 'milliseconds until log files are written (1000)' },
  'drain-time-s': { type: 'string', help: 'seconds that a drain may take (600)' },
  'drain-strategy': { type: 'string', help: 'gradual (default) or immediate' },
  'parent-shutdown-time-s': { type: 'string', help: 'seconds that a process which was replaced may go on (900)' },
  'hot-restart-timeout-s': { type: 'string', help: 'seconds that a new process may take to take over (60)' },
  'hot-restart-trial-s': { type: 'string', help: 'seconds that a new process must serve until the old one leaves (3)' },
  'service-cluster': { type: 'string', help: 'name of the cluster that this proxy runs in' },
  'service-node': { type: 'string', help: 'name of this node' },
  'service-zone': { type: 'string', help: 'zone of this node' },
  'local-address-ip-version': { type: 'string', help: "IP version of this machine's own address: v4 (default) or v6" },
  'admin-address-path': { type: 'string', help: 'write the address of the admin listener to this file' },
  'admin-host': {
    type: 'string',
    multiple: true,
    help: 'a name by which the admin may be called, besides localhost and addresses (may be given often)',
  },
  'allow-unknown-static-fields': { type: 'boolean', help: 'unknown fields are warnings' },
  'allow-unsupported': { type: 'boolean', help: 'fields that Envoy knows and nuncio does not honour are warnings' },
  'disable-hot-restart': { type: 'boolean', help: 'accepted for compatibility' },
  demo: { type: 'boolean', help: 'run the built-in demonstration' },
  port: { type: 'string', help: 'port of the demonstration (10000)' },
  version: { type: 'boolean', short: 'v', help: 'print the version and exit' },
  help: { type: 'boolean', short: 'h', help: 'print this text and exit' },
} as const

export type Values = {
  -readonly [K in keyof typeof FLAGS]?: (typeof FLAGS)[K] extends { readonly multiple: true }
    ? string[]
    : (typeof FLAGS)[K]['type'] extends 'boolean'
      ? boolean
      : string
}

export interface Arguments {
  readonly values: Values
  /** The words that are no flags: a command and what it is about. */
  readonly words: readonly string[]
}

/** Reads the command line of the proxy. Throws `ERR_NUNCIO_ARGUMENT`. */
export function readArguments(argv: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries(FLAGS).map(([name, flag]) => [
      name,
      { type: flag.type, ...('short' in flag && { short: flag.short }), ...('multiple' in flag && { multiple: true }) },
    ]),
  )
  return parseFlags(options, argv, 'nuncio --help lists the flags')
}

export function helpText(commands: readonly (readonly [string, string])[]): string {
  const rows = Object.entries(FLAGS).map(([name, flag]) => {
    const short = 'short' in flag ? `-${flag.short}, ` : '    '
    const value = flag.type === 'string' ? ' <value>' : ''
    return `  ${`${short}--${name}${value}`.padEnd(38)} ${flag.help}`
  })
  const list = commands.map(([name, help]) => `  ${name.padEnd(38)} ${help}`)
  return `nuncio: an Envoy in TypeScript\n\nUsage: nuncio -c envoy.yaml [flags]\n       nuncio <command> [arguments]\n\nFlags:\n${rows.join('\n')}\n\nCommands:\n${list.join('\n')}\n`
}
