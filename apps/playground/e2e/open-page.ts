import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import path from 'node:path'
import { launch } from './chromium.ts'
import { PageServer } from './serve.ts'

const FOLDER = path.resolve(import.meta.dirname, '../dist/page')

/** A browser, the page's server, and pages in profiles of their own. */
export class Playground implements AsyncDisposable {
  readonly server: PageServer
  readonly #browser: Awaited<ReturnType<typeof launch>>

  private constructor(server: PageServer, browser: Awaited<ReturnType<typeof launch>>) {
    this.server = server
    this.#browser = browser
  }

  static async start(): Promise<Playground> {
    return new Playground(await PageServer.start(FOLDER), await launch())
  }

  /** Opens the page in a clean profile; `hash` is a link's, `script` runs in the page before its own. */
  async open(options: BrowserContextOptions = {}, hash = '', script?: () => void): Promise<OpenPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    const page = new OpenPage(await context.newPage())
    if (script !== undefined) await page.page.addInitScript(script)
    await page.page.goto(this.server.url + hash)
    await page.ready()
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    await this.server[Symbol.asyncDispose]()
  }
}

/** The page as a person uses it. */
export class OpenPage {
  readonly page: Page
  /** Errors of the page itself, and what its console complained of. */
  readonly complaints: string[] = []
  readonly requests: string[] = []
  #opened = 0

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    page.on('request', (request) => this.requests.push(request.url()))
  }

  /** Waits until the first text is in the editor, checked, and the first request answered. */
  async ready(): Promise<void> {
    await this.page.locator('.cm-content').waitFor({ state: 'attached' })
    await this.#counted('answered', 0)
  }

  /** Opens a text as a file; waits until it was checked, and the request asked of it. */
  async openText(text: string, name = 'envoy.yaml'): Promise<void> {
    // Lines at the end make it another text each time: one that is there already would not be checked again.
    const buffer = Buffer.from(text + '\n'.repeat(++this.#opened))
    await this.#after('checked', async () => {
      await this.page.setInputFiles('input[type=file]', { name, mimeType: 'text/yaml', buffer })
    })
  }

  /** Does something that leads to another check or answer, and waits for that. */
  async #after(what: 'checked' | 'answered', act: () => Promise<void>): Promise<void> {
    const before = Number(await this.page.locator('.app').getAttribute(`data-${what}`))
    await act()
    await this.#counted(what, before)
  }

  async #counted(what: 'checked' | 'answered', before: number): Promise<void> {
    await this.page.waitForFunction(
      ([name, count]) => Number(document.querySelector<HTMLElement>('.app')?.dataset[name]) > count,
      [what, before] as const,
    )
  }

  async part(name: 'map' | 'request' | 'laboratory' | 'edit'): Promise<void> {
    await this.page.click(`#tab-${name}`)
    await this.page.locator(`#part-${name}`).waitFor({ state: 'attached' })
  }

  async ask(url: string, headers = ''): Promise<void> {
    await this.part('request')
    await this.page.getByLabel('Headers, one a line').fill(headers)
    await this.#after('answered', () => this.page.getByLabel('URL').fill(url))
  }

  /** Problems as they are listed: line and code. */
  async problems(): Promise<[number, string][]> {
    const rows = await this.page.locator('.problem').all()
    return await Promise.all(
      rows.map(async (row): Promise<[number, string]> => [
        Number(await row.locator('.problem-line').textContent()),
        (await row.locator('.problem-code').textContent()) ?? '',
      ]),
    )
  }

  node(id: string): Locator {
    return this.page.locator(`.node[data-id="${id}"]`)
  }

  async run(): Promise<void> {
    await this.page.getByRole('button', { name: 'Run', exact: true }).click()
    await this.page.locator('.numbers').waitFor()
    await this.page.getByRole('button', { name: 'Run', exact: true }).waitFor()
  }
}
