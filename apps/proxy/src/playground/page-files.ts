import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** A file of the built playground. */
export interface PageFile {
  /** Below the page, such as `assets/index.js`; '' is the page itself. */
  readonly name: string
  readonly contentType: string
  readonly read: () => Promise<Uint8Array>
}

/** Where a page gets its configuration from. */
export interface PageSource {
  /** Relative to the page. */
  readonly url: string
  readonly name: string
  /** Messages that are not Envoy's, nor nuncio's own, for the page to know: JSON. */
  readonly messages?: string | undefined
}

/** Below the page. */
const MESSAGES = 'messages.json'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** Beside the compiled command, or where the sources build it. */
const FOLDERS = ['../playground-page', '../../../playground/dist/page'].map((each) =>
  path.resolve(import.meta.dirname, each),
)

/** The folder of the built playground; undefined when it was not built. */
export function pageFolder(folders: readonly string[] = FOLDERS): string | undefined {
  return folders.find((folder) => existsSync(path.join(folder, 'index.html')))
}

/** The files of the built playground. Its page names `source`; the worker for offline use is left out. */
export function pageFiles(folder: string, source: PageSource): PageFile[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TYPES[path.extname(entry.name)] !== undefined && entry.name !== 'sw.js')
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
  const files = names.map((name): PageFile => {
    const page = name === 'index.html'
    const read = () => readFile(path.join(folder, name))
    return {
      name: page ? '' : name.split(path.sep).join('/'),
      contentType: TYPES[path.extname(name)]!,
      read: page ? async () => Buffer.from(withSource((await read()).toString(), source)) : read,
    }
  })
  const { messages } = source
  if (messages === undefined) return files
  const read = async (): Promise<Uint8Array> => Buffer.from(messages)
  return [...files, { name: MESSAGES, contentType: 'application/json', read }]
}

function withSource(html: string, { url, name, messages }: PageSource): string {
  const more = messages === undefined ? '' : ` data-messages="./${MESSAGES}"`
  const meta = `<meta name="nuncio-source" content="${escapeAttribute(url)}" data-name="${escapeAttribute(name)}"${more} />`
  return html.replace('</head>', () => `${meta}\n  </head>`)
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
