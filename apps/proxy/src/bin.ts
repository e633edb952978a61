#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Before anything else is imported: a second start then takes a third of the time of the first.
enableCompileCache()
const { run } = await import('./cli/run.ts')
process.exitCode = await run(process.argv.slice(2))
