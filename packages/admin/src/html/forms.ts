import type { AdminEndpoint, AdminParam } from '../endpoint.ts'
import { escapeHtml } from './escape.ts'

/** The form that calls an endpoint: a link for a path that only shows something. */
export function endpointForm(endpoint: AdminEndpoint, values: ReadonlyMap<string, string> = new Map()): string {
  const path = escapeHtml(endpoint.path.slice(1))
  const params = endpoint.params ?? []
  if (!endpoint.mutates && params.length === 0) return `<a href="${path}">${path}</a>`
  const fields = params.map((param) => field(param, values)).join('')
  const method = endpoint.mutates ? 'post' : 'get'
  return `<form action="${path}" method="${method}"><button>${path}</button>${fields}</form>`
}

function field(param: AdminParam, values: ReadonlyMap<string, string>): string {
  const name = escapeHtml(param.name)
  const title = `title="${escapeHtml(param.help)}"`
  const value = values.get(param.name)
  if (param.kind === 'flag') {
    const checked = value === undefined ? '' : ' checked'
    return `<label class="flag" ${title}><input type="checkbox" name="${name}" value=""${checked}>${name}</label>`
  }
  if (param.kind === 'text') {
    return `<label ${title}>${name}<input type="text" name="${name}" value="${escapeHtml(value ?? '')}"></label>`
  }
  const options = param.kind.map((choice) => option(choice, choice === value)).join('')
  return `<label ${title}>${name}<select name="${name}">${options}</select></label>`
}

function option(choice: string, selected: boolean): string {
  return `<option value="${escapeHtml(choice)}"${selected ? ' selected' : ''}>${escapeHtml(choice)}</option>`
}
