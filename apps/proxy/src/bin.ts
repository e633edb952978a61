#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// What was compiled once is not compiled again: tools answer twice as fast.
enableCompileCache()
const argv = process.argv.slice(2)
const { COMMANDS } = await import('./cli/commands.ts')
const tool = argv[0] === undefined ? undefined : COMMANDS.get(argv[0])
// Tools do without the data plane, which takes its time to load.
process.exitCode = tool === undefined ? await (await import('./cli/run.ts')).run(argv) : await tool.run(argv.slice(1))
