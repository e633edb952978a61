import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import vm from 'node:vm'

/**
 * A module of the user's with all of its own files, compiled outside the registry of modules: when the next version has
 * taken its place, nothing holds it and it is collected. (What `import` loaded stays for good.) Packages that it imports
 * are those of the process. Needs Node.js with `--experimental-vm-modules`.
 */
export class LiveModule {
  /** The module's own files, itself first. */
  readonly files: readonly string[]
  readonly exports: object

  private constructor(files: readonly string[], exports: object) {
    this.files = files
    this.exports = exports
  }

  /** Compiles and runs the module as its files are now. Rejects with what is wrong with them. */
  static async load(file: string): Promise<LiveModule> {
    const graph = new Map<string, vm.Module>()
    const root = compile(file, graph)
    await root.link((specifier, referrer) => linked(specifier, referrer.identifier, graph))
    await root.evaluate()
    return new LiveModule(
      [...graph.keys()].filter((key) => path.isAbsolute(key)),
      root.namespace,
    )
  }
}

/** Whether this process can load live modules. */
export function canLoadLive(): boolean {
  return 'SourceTextModule' in vm
}

function compile(file: string, graph: Map<string, vm.Module>): vm.SourceTextModule {
  const source = readFileSync(file, 'utf8')
  const code = /\.[cm]?ts$/.test(file) ? stripTypeScriptTypes(source, { sourceUrl: file }) : source
  const module = new vm.SourceTextModule(code, {
    identifier: file,
    initializeImportMeta: (meta) =>
      void Object.assign(meta, { url: pathToFileURL(file).href, filename: file, dirname: path.dirname(file) }),
    importModuleDynamically: async (specifier: string) =>
      (await importPackage(specifier, file)) as unknown as vm.Module,
  })
  graph.set(file, module)
  return module
}

async function linked(specifier: string, from: string, graph: Map<string, vm.Module>): Promise<vm.Module> {
  const own = ownFile(specifier, from)
  if (own !== undefined) return graph.get(own) ?? compile(own, graph)
  const known = graph.get(specifier)
  if (known !== undefined) return known
  const exports = await importPackage(specifier, from)
  const names = Object.keys(exports)
  const module = new vm.SyntheticModule(names, () => names.forEach((name) => module.setExport(name, exports[name])), {
    identifier: specifier,
  })
  graph.set(specifier, module)
  return module
}

function ownFile(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier)
  return specifier.startsWith('.') || path.isAbsolute(specifier)
    ? path.resolve(path.dirname(from), specifier)
    : undefined
}

async function importPackage(specifier: string, from: string): Promise<Record<string, unknown>> {
  const builtin = specifier.startsWith('node:')
  const target = builtin ? specifier : pathToFileURL(createRequire(from).resolve(specifier)).href
  return (await import(target)) as Record<string, unknown>
}
