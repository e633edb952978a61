import { type AdminContext, type AdminEndpoint, htmlResponse, textResponse } from '../endpoint.ts'
import { escapeHtml } from '../html/escape.ts'
import { endpointForm } from '../html/forms.ts'
import { page } from '../html/page.ts'

/** `/`: all commands with their forms. */
export function homeEndpoint(context: AdminContext): AdminEndpoint {
  return {
    path: '/',
    help: 'Admin home page',
    mutates: false,
    handle() {
      const info = context.view.info()
      const rows = listed(context)
        .filter(({ path }) => path !== '/')
        .map((endpoint) => `<tr><td>${endpointForm(endpoint)}</td><td>${escapeHtml(endpoint.help)}</td></tr>`)
      const body = `<h1>nuncio admin</h1>
<p class="note">${escapeHtml(info.version)} · ${escapeHtml(context.view.state())}</p>
<table><thead><tr><th>Command</th><th>Description</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`
      return htmlResponse(page('nuncio admin', body))
    },
  }
}

/** `/help`: the same as text. */
export function helpEndpoint(context: AdminContext): AdminEndpoint {
  return {
    path: '/help',
    help: 'print out list of admin commands',
    mutates: false,
    handle: () => textResponse(helpText(context)),
  }
}

/** What stands in `/help` and under an unknown path. */
export function helpText(context: AdminContext): string {
  const lines = listed(context).flatMap(({ path, help, mutates, params = [] }) => [
    `  ${path}${mutates ? ' (POST)' : ''}: ${help}`,
    ...params.map(({ name, help: about, kind }) => {
      const choices = typeof kind === 'string' ? '' : `; One of (${kind.join(', ')})`
      return `      ${name}: ${about}${choices}`
    }),
  ])
  return `admin commands are:\n${lines.join('\n')}\n`
}

function listed(context: AdminContext): AdminEndpoint[] {
  const shown = context.endpoints().filter(({ help }) => help !== '')
  return shown.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
