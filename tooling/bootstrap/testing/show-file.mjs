// Prints the file that its argument names, from where it stands.
import { readFileSync } from 'node:fs'

process.stdout.write(readFileSync(process.argv[2], 'utf8'))
