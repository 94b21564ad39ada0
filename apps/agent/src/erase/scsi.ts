import { type Here, lastLine, Refused, type Way } from './way.ts'

/** sg3_utils(8), exit status: what the disk does not know, and what it does not do */
const UNKNOWN = [5, 9]

/**
 * What a SCSI disk may be able to do to erase itself (SBC-4, SANITIZE): it is asked for by doing it, as few disks tell.
 * sg_sanitize asks for the progress once a minute, and ends when there is none any more.
 */
export const scsiWays = (here: Here): Way[] => [
  sanitize(here, 'scsi-sanitize-block', '--block'),
  sanitize(here, 'scsi-sanitize-crypto', '--crypto'),
]

function sanitize(here: Here, method: string, action: string): Way {
  return {
    method,
    async erase() {
      let last = ''
      const { code } = await here.machine.run('sg_sanitize', [action, '--quick', here.node()], {
        signal: here.signal,
        line(text) {
          last = text
          const percent = /^Progress indication: (\d+)% done/.exec(text)?.[1]
          if (percent !== undefined) here.progress(Number(percent) / 100)
        },
      })
      if (code !== 0)
        throw new Refused({ method, fault: UNKNOWN.includes(code) ? 'not-supported' : 'refused', text: lastLine(last) })
    },
  }
}
