import { mapping } from '../shape/collections.ts'
import { text } from '../shape/scalars.ts'
import { either, type Shape } from '../shape/shape.ts'

export interface AptMirror {
  primary?: string
  security?: string
}

const url = (says: string) =>
  text(says, {
    // it stands between blanks in a list of sources
    pattern: /^https?:\/\/[^\s@"'\\[\]#?]+$/,
    must: 'an http:// or https:// URL without a user',
    remedy: 'Write where the mirror is: http://mirror.example.com/debian.',
    example: 'http://mirror.example.com/debian',
  })

const whole: Shape<AptMirror> = mapping(
  'Where apt has its packages from, of Debian and Ubuntu; left out: as the image has it.',
  {
    primary: url('Of the distribution.'),
    security: url('Of its security updates; left out: /debian-security for a /debian, else the same.'),
  },
  { required: ['primary'] },
)
const alone = url(
  'Where apt has its packages from; security updates from /debian-security for a /debian, else from there, too.',
)

/** A URL alone is the primary one. */
export const aptMirror: Shape<AptMirror> = either<AptMirror, AptMirror>(
  (field) => field.isText,
  {
    read(field) {
      const primary = alone.read(field)
      return primary === undefined ? undefined : { primary }
    },
    schema: alone.schema,
  },
  whole,
)
