const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

let second = -1
let text = ''

/** The `date` header for a moment (wall ms), made once a second. */
export function httpDate(wallMs: number): string {
  const now = Math.floor(wallMs / 1000)
  if (now === second) return text
  second = now
  const d = new Date(now * 1000)
  const day = `${DAYS[d.getUTCDay()]!}, ${two(d.getUTCDate())} ${MONTHS[d.getUTCMonth()]!} ${d.getUTCFullYear()}`
  text = `${day} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} GMT`
  return text
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}
