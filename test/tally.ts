import type { Writable } from 'node:stream'

export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export const addUp = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

const result = /^( *)(not )?ok \d+(?: - (.*?))?(?:\s+#\s*(.*?))?(?: \{)?$/

/**
 * Counts the results in TAP of the form that tap prints for many files: a file is a top-level result, its tests are
 * the results one level (four spaces) deeper. A file without tests of its own counts as one; what was left out counts
 * however deep it lies, so that no test with a hole in it reads as passed.
 * `show` gets a line a file and a line a failed test; `log` gets everything.
 */
export async function readTap(
  lines: AsyncIterable<string>,
  show: (line: string) => void,
  log: Pick<Writable, 'write'>,
): Promise<Tally> {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 }
  let ofFile: Tally = { passed: 0, failed: 0, skipped: 0 }
  let detail = 0
  for await (const line of lines) {
    log.write(`${line}\n`)
    const found = result.exec(line)
    if (!found) {
      if (detail > 0) {
        detail--
        show(line)
      }
      continue
    }
    const [, indent = '', not, name = '', directive = ''] = found
    const leftOut = /^(skip|todo)/i.test(directive)
    const kind: keyof Tally = not ? 'failed' : leftOut ? 'skipped' : 'passed'
    if (indent.length > 4) {
      if (leftOut) {
        ofFile.skipped++
        show(`skipped: ${name}`)
      }
      continue
    }
    if (indent.length === 4) {
      ofFile[kind]++
      if (kind !== 'passed') {
        show(`${kind}: ${name}`)
        detail = kind === 'failed' ? 40 : 0
      }
      continue
    }
    const counted = ofFile.passed + ofFile.failed + ofFile.skipped
    const own: Tally = counted > 0 ? ofFile : { passed: 0, failed: 0, skipped: 0, [kind]: 1 }
    // A file that failed though none of its tests did (an exception at its top) is a failure.
    if (kind === 'failed' && own.failed === 0) own.failed = 1
    detail = 0
    show(
      `${kind === 'failed' ? 'FAILED' : 'ok'} ${name} (${own.passed} passed, ${own.failed} failed${own.skipped ? `, ${own.skipped} skipped` : ''}) ${directive}`,
    )
    Object.assign(total, addUp(total, own))
    ofFile = { passed: 0, failed: 0, skipped: 0 }
  }
  return total
}
