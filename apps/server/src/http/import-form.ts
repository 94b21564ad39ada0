import { Readable } from 'node:stream'
import { ImportQuery, invalidInput, MOST_MAPPED, ProblemError } from '@eims/contracts'
import type { FastifyRequest } from 'fastify'
import { unknownIn } from './unknown-fields.ts'

/** What a form may say beside its file, in whose place it says the file's name. */
const Options = ImportQuery.omit({ file: true })
type Options = Partial<ImportQuery>

const MOST_FIELDS = Object.keys(Options.shape).length + MOST_MAPPED
/** One file and every option. */
export const FORM_LIMITS = {
  files: 1,
  fields: MOST_FIELDS,
  parts: MOST_FIELDS + 1,
  fieldNameSize: 64,
  fieldSize: 4096,
  fileSize: Infinity,
}

export interface ImportForm {
  /** ends with the form, so that nothing is done before all of it is here and is right */
  file: Readable
  /** as the form calls the file */
  name: string | undefined
  /** what it says in front of the file */
  before: Options
  /** all that it says; to be asked when `file` has ended */
  options: () => Options
}

/**
 * Reads a form (multipart/form-data) up to its file, which is read by the caller and kept nowhere. Options may stand in
 * front of the file or behind it: generated clients write the fields in an order of their own.
 * @throws ProblemError invalid-input: no file, or a field that is unknown, wrong, given twice or otherwise in the query;
 *   of what stands behind the file the stream is told
 */
export async function readImportForm(request: FastifyRequest): Promise<ImportForm> {
  const inQuery = new URL(request.url, 'http://localhost').searchParams
  const options: Options = {}
  const take = (name: string, value: unknown, isCut: boolean) => {
    const fault = (message: string) =>
      new ProblemError('invalid-input', `body.${name} ${message}`, [{ path: `body.${name}`, message }])
    if (name === 'file') throw fault('is a text; send it as a file, with a file name')
    const unknown = unknownIn(Options, { [name]: value }, 'body')
    if (unknown) throw unknown
    if (isCut) throw fault(`is longer than ${FORM_LIMITS.fieldSize} bytes`)
    const before = options[name as keyof Options]
    if (before !== undefined && !Array.isArray(before)) throw fault('is given twice; give it once')
    // Generated clients write the defaults into both.
    if (inQuery.has(name) && !inQuery.getAll(name).includes(String(value)))
      throw fault('is given otherwise in the query; give it once')
    const { success, error, data } = Options.safeParse({ [name]: value })
    if (!success) throw invalidInput(error, 'body')
    const now = data[name as keyof typeof data]
    // what the query may say several times, a form may, too
    Object.assign(options, { [name]: Array.isArray(before) && Array.isArray(now) ? [...before, ...now] : now })
  }
  try {
    const parts = request.parts()[Symbol.asyncIterator]()
    for (;;) {
      const { value: part, done } = await parts.next()
      if (done) throw new ProblemError('invalid-input', 'the form holds no file')
      if (part.type === 'field') {
        take(part.fieldname, part.value, part.valueTruncated)
        continue
      }
      async function* all(file: Readable): AsyncGenerator<Buffer> {
        try {
          yield* file
          for (let next = await parts.next(); !next.done; next = await parts.next())
            if (next.value.type === 'field') {
              const { fieldname, value, valueTruncated } = next.value
              if (fieldname === 'id') throw new ProblemError('invalid-input', 'body.id must stand before the file')
              take(fieldname, value, valueTruncated)
            }
        } catch (error) {
          throw brokenForm(error)
        }
      }
      return {
        file: Readable.from(all(part.file), { objectMode: false }),
        name: part.filename?.trim().slice(0, 255).toWellFormed() || undefined,
        before: { ...options },
        options: () => options,
      }
    }
  } catch (error) {
    throw brokenForm(error)
  }
}

/** What the form's parser ends with has neither a status nor a code. */
function brokenForm(error: unknown): Error {
  if (error instanceof ProblemError) return error
  return new ProblemError('invalid-input', `the form cannot be read: ${(error as Error).message}`)
}
