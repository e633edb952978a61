// Checks the house against its law: every import against dag.txt, and every folder against what its kind owes.
// Prints what breaks the law, with what to do about it, and exits 1.
import { checkFolders } from './folders.mjs'
import { checkImports } from './imports.mjs'
import { readLaw } from './law.mjs'

const rooms = readLaw()
const imports = checkImports(rooms)
const folders = checkFolders(rooms)
for (const line of [...imports.broken, ...folders]) console.error(line)
console.log(`dag: ${imports.files} files, ${imports.broken.length} imports and ${folders.length} folders break the law`)
process.exit(imports.broken.length + folders.length > 0 ? 1 : 0)
