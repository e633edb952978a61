import type { FakeTime } from '@nuncio/core/testing'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A folder with files of resources that a test replaces while a server watches them on its clock. */
export class ResourceFiles implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'nuncio-resources-'))

  /** Path of a file. */
  at(name: string): string {
    return path.join(this.folder, name)
  }

  /** Writes a file anew, with the resources of a type (each in flow style), and lets the server look. */
  put(name: string, type: string, resources: readonly string[], time?: FakeTime): void {
    const items = resources.map((resource) => `\n  - { '@type': type.googleapis.com/${type}, ${resource} }`)
    this.write(name, `version_info: v${resources.length}\nresources:${items.join('') || ' []'}\n`, time)
  }

  write(name: string, text: string, time?: FakeTime): void {
    writeFileSync(this.at('new'), text)
    renameSync(this.at('new'), this.at(name))
    time?.advance(2200)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
