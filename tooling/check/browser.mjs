// Proves that the pure rooms are pure: each is bundled for a browser with all that it depends on, then loaded into a
// bare context that has the ES2023 globals and nothing of Node or the web.
import { existsSync } from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { readLaw, root } from '../dag/law.mjs'

/** What third-party code expects of any browser when it loads; our own code may not (lint and compiler see to it). */
const WEB = ['TextEncoder', 'TextDecoder', 'URL', 'crypto', 'AbortController', 'structuredClone', 'atob', 'btoa']

async function bundle(room) {
  const build = await rolldown({
    input: path.join(root, room.dir, 'src/index.ts'),
    platform: 'browser',
    resolve: { conditionNames: ['@nuncio/source', 'browser', 'import', 'default'] },
    external: [],
    logLevel: 'silent',
    onLog(_level, log) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
    },
  })
  const { output } = await build.generate({ format: 'iife', name: 'room', minify: true, codeSplitting: false })
  await build.close()
  return output[0].code
}

/** @returns {number} how many names the package exports there */
function load(code, globals) {
  const context = vm.createContext(Object.fromEntries(globals.map((name) => [name, globalThis[name]])))
  vm.runInContext(`${code}\n;globalThis.room = typeof room === 'object' ? room : {}`, context, { timeout: 5000 })
  return Object.keys(context.room).length
}

function tryLoad(code) {
  try {
    return { names: load(code, []), needs: [] }
  } catch {
    return { names: load(code, WEB), needs: WEB }
  }
}

let broken = 0
const pure = readLaw().filter((room) => room.kind === 'pure' && existsSync(path.join(root, room.dir, 'src/index.ts')))
for (const room of pure) {
  try {
    const code = await bundle(room)
    const { names, needs } = tryLoad(code)
    const size = `${(gzipSync(code).length / 1024).toFixed(1)} kB gzip`
    console.log(
      `${room.pkg.padEnd(22)} ${String(names).padStart(4)} exports ${size.padStart(16)}${needs.length > 0 ? '  (with web globals)' : ''}`,
    )
  } catch (error) {
    broken++
    console.error(`${room.pkg}: does not load in a browser: ${error.message}`)
  }
}
console.log(`browser: ${pure.length} pure packages bundled and loaded, ${broken} failed`)
process.exit(broken > 0 ? 1 : 0)
