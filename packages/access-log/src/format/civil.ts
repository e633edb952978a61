/** A moment on the calendar, proleptic Gregorian. */
export interface Civil {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** 0 = Sunday. */
  readonly weekday: number
  /** 0 = 1 January. */
  readonly yearDay: number
  /** Seconds since 1970-01-01 UTC, whatever the offset. */
  readonly epoch: number
  /** Minutes ahead of UTC. */
  readonly offset: number
}

/** The calendar at `epoch` seconds since 1970 UTC, seen `offset` minutes ahead of UTC. */
export function civilOf(epoch: number, offset: number): Civil {
  const local = epoch + offset * 60
  const days = Math.floor(local / 86_400)
  const rest = local - days * 86_400
  const { year, month, day } = dateOf(days)
  return {
    year,
    month,
    day,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysTo(year),
    epoch,
    offset,
  }
}

// Years that begin in March put the leap day last, so that months have fixed starts within 400-year eras.
function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const inEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
  )
  const inYear = inEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * inYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const day = inYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Days from 1970-01-01 to 1 January of a year. */
function daysTo(year: number): number {
  const before = year - 1
  return 365 * (year - 1970) + leaps(before) - leaps(1969)
}

function leaps(year: number): number {
  return Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
}

/** The ISO 8601 week and the year that it belongs to. */
export function isoWeek(at: Civil): { week: number; year: number } {
  const thursday = at.yearDay + 3 - ((at.weekday + 6) % 7)
  if (thursday < 0) return { week: weekOf(thursday + yearLength(at.year - 1)), year: at.year - 1 }
  const length = yearLength(at.year)
  return thursday >= length
    ? { week: weekOf(thursday - length), year: at.year + 1 }
    : { week: weekOf(thursday), year: at.year }
}

function weekOf(yearDay: number): number {
  return Math.floor(yearDay / 7) + 1
}

function yearLength(year: number): number {
  return daysTo(year + 1) - daysTo(year)
}
