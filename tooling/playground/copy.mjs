// Puts the built playground into the command's package, beside its compiled code: `nuncio playground` serves it.
import { cpSync, rmSync } from 'node:fs'
import path from 'node:path'

const apps = path.resolve(import.meta.dirname, '../../apps')
const to = path.join(apps, 'proxy/dist/playground-page')
rmSync(to, { recursive: true, force: true })
cpSync(path.join(apps, 'playground/dist/page'), to, { recursive: true })
