import { render } from 'preact'
import { App } from './app/app.tsx'
import { start } from './app/start.ts'
import './theme/theme.css'
import './theme/shell.css'
import './theme/parts.css'
import './theme/laboratory.css'

render(<App />, document.querySelector('#page')!)
void start()
