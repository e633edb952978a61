import { escapeHtml } from './escape.ts'

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8d8e0, #3a3a46); --soft: light-dark(#f4f4f8, #1d1d25); --accent: light-dark(#2a4fb0, #8fb0ff); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 3rem; background: light-dark(#fff, #131318); color: light-dark(#1c1c22, #e6e6ec); }
h1 { font-size: 1.3rem; margin: .3rem 0 1rem; } nav { margin-bottom: .5rem; } a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
td, th { padding: .3rem .6rem .3rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td.value, td.name { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; white-space: pre-line; } td.name { min-width: 20rem; }
form { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: end; margin: 0; } label { display: inline-flex; flex-direction: column; font-size: .82em; gap: .1rem; }
label.flag { flex-direction: row; align-items: center; gap: .35rem; } input, select, button { font: inherit; }
button { padding: .15rem .8rem; } .note { opacity: .75; font-size: .9em; }
`

/** A whole page; `body` is HTML already, the title is not. */
export function page(title: string, body: string, head = ''): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${head}<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`
}
