/** A verb of the command line: `nuncio <name> …`. */
export interface Command {
  readonly help: string
  /** Answers the exit code: 0 well, 1 problems with what was given, 2 could not run. */
  run(argv: readonly string[]): Promise<number>
}

/** A command whose code is loaded when it runs, so that none waits for what only others need. */
function lazy(help: string, load: () => Promise<Command>): Command {
  return {
    help,
    async run(argv) {
      const { guarded } = await import('./guarded.ts')
      return await guarded(async () => await (await load()).run(argv))
    },
  }
}

/** One line a command. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['help', lazy('[COMMAND]  what --help prints of it', async () => (await import('./help.ts')).help)],
  ['validate', lazy('FILE…  what is wrong with configurations', async () => (await import('./validate.ts')).validate)],
  ['lint', lazy('FILE…  what is legal and probably not meant', async () => (await import('./lint.ts')).lint)],
  ['explain', lazy('FILE URL  where a request goes, and why', async () => (await import('./explain.ts')).explain)],
  ['route-test', lazy('-c FILE -t TESTS…  test routes', async () => (await import('./route-test.ts')).routeTest)],
  [
    'simulate',
    lazy('FILE  a cluster under load, on virtual time', async () => (await import('./simulate.ts')).simulate),
  ],
  [
    'playground',
    lazy('FILE  a page that shows what it does', async () => (await import('./playground.ts')).playground),
  ],
  ['diff', lazy('OLD NEW  what changes, and what closes', async () => (await import('./diff.ts')).diff)],
  ['init', lazy('[FILE]  write a first configuration', async () => (await import('./init.ts')).init)],
  [
    'dev',
    lazy('-c FILE --filter MODULE…  run, and swap filters as they change', async () => (await import('./dev.ts')).dev),
  ],
  ['schema', lazy('JSON Schema of configurations, for editors', async () => (await import('./schema.ts')).schema)],
  ['fmt', lazy('FILE…  the one style, comments kept', async () => (await import('./fmt.ts')).fmt)],
  [
    'canonical',
    lazy('FILE  the canonical Envoy v3 form, comments kept', async () => (await import('./canonical.ts')).canonical),
  ],
])
