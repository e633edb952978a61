#!/usr/bin/env node
// Nothing is imported before the version is known: an older Node.js would fail in words that tell nobody why.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`nuncio: this is Node.js ${process.versions.node}; it takes 22.19 or newer\n`)
  process.exit(2)
}

// What was compiled once is not compiled again: tools answer twice as fast.
const { enableCompileCache } = await import('node:module')
enableCompileCache()
const argv = process.argv.slice(2)
const { COMMANDS } = await import('./cli/commands.ts')
const tool = argv[0] === undefined ? undefined : COMMANDS.get(argv[0])
// Who reads what a tool prints may stop reading, as `head` does.
if (tool !== undefined) {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}
const { provideCel } = await import('@nuncio/server/tools')
provideCel()
// Tools do without the data plane, which takes its time to load.
process.exitCode = tool === undefined ? await (await import('./cli/run.ts')).run(argv) : await tool.run(argv.slice(1))
