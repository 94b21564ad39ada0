import { ask, type Fault, type Here, lastLine, order, Refused, type Sanitizing, sanitized, type Way } from './way.ts'

/** Known to everybody, and gone with the erasure: a disk that keeps it is erased with it the next time. */
const PASSWORD = 'eims'
const USER = ['--user-master', 'u']
/** Milliseconds that a disk has for giving its password up when nobody waits for it any more. */
const LAST_WORD = 30_000

/** What `hdparm -I` tells of a disk. */
export interface AtaFacts {
  block: boolean
  crypto: boolean
  security: { enabled: boolean; locked: boolean; frozen: boolean; enhanced: boolean } | null
}

/**
 * PURE: what a disk can, out of the words of `hdparm -I` (ACS-4: SANITIZE DEVICE and SECURITY feature sets).
 * @param text where tabs may be spaces
 */
export function readAta(text: string): AtaFacts {
  const can = (feature: string) => new RegExp(`^\\s*\\*\\s+${feature} command\\s*$`, 'm').test(text)
  const [, section] = /^Security:\s*\n((?:[ \t]+.*(?:\n|$))*)/m.exec(text) ?? []
  const is = (word: string) => new RegExp(`^\\s*${word}\\s*$`, 'm').test(section ?? '')
  return {
    block: can('BLOCK_ERASE_EXT'),
    crypto: can('CRYPTO_SCRAMBLE_EXT'),
    security:
      section !== undefined && is('supported')
        ? {
            enabled: is('enabled'),
            locked: is('locked'),
            frozen: is('frozen'),
            enhanced: is('supported: enhanced erase'),
          }
        : null,
  }
}

/**
 * What an ATA disk can do to erase itself, the best one first.
 * @param rotates enhanced secure erase leaves a pattern of the maker's on a rotating disk, so the plain one is taken there
 * @throws what `signal` was aborted with
 */
export async function ataWays(here: Here, { rotates }: { rotates: boolean }): Promise<(Way | Fault)[]> {
  const { code, text } = await ask(here, 'hdparm', '-I', here.node())
  if (code !== 0) return [{ method: 'ata-secure-erase', fault: 'not-supported', text: lastLine(text) }]
  const facts = readAta(text)
  return [
    ...(facts.block ? [sanitize(here, 'ata-sanitize-block', '--sanitize-block-erase')] : []),
    secureErase(here, facts, rotates),
    ...(facts.crypto ? [sanitize(here, 'ata-sanitize-crypto', '--sanitize-crypto-scramble')] : []),
  ]
}

function sanitize(here: Here, method: string, action: string): Way {
  return {
    method,
    async erase() {
      if ((await ataSanitizing(here)).state === 'frozen') throw new Refused({ method, fault: 'frozen', text: null })
      await order(here, method, 'hdparm', '--yes-i-know-what-i-am-doing', action, here.node())
      const { state } = await sanitized(here, () => ataSanitizing(here))
      if (state !== 'done') throw new Refused({ method, fault: 'refused', text: `sanitize is ${state}` })
    },
  }
}

/** How a sanitize operation stands, also one that was begun before the machine's power went. */
export async function ataSanitizing(here: Here): Promise<Sanitizing> {
  const { code, text } = await ask(here, 'hdparm', '--sanitize-status', here.node())
  if (code !== 0) return { state: 'idle' }
  if (/\bSD2\b/.test(text))
    return { state: 'running', done: Number.parseInt(/Progress:\s*0x([0-9a-f]+)/i.exec(text)?.[1] ?? '0', 16) / 65_536 }
  if (/\bSD1\b/.test(text)) return { state: 'frozen' }
  if (/\bSD3\b/.test(text)) return { state: 'failed' }
  return { state: /Completed Without Error|\bSD4\b/.test(text) ? 'done' : 'idle' }
}

/**
 * Takes our password from a disk that kept it over a power cut, and answers no reads with it.
 * @returns why it stays locked
 */
export async function ataUnlocked(here: Here): Promise<Fault | null> {
  const { security } = readAta((await ask(here, 'hdparm', '-I', here.node())).text)
  if (!security?.enabled || !security.locked) return null
  const { code, text } = await ask(here, 'hdparm', ...USER, '--security-unlock', PASSWORD, here.node())
  return code === 0 ? null : { method: 'ata-secure-erase', fault: 'locked', text: lastLine(text) }
}

function secureErase(here: Here, { security }: AtaFacts, rotates: boolean): Way | Fault {
  const method = 'ata-secure-erase'
  if (!security) return { method, fault: 'not-supported', text: null }
  if (security.frozen) return { method, fault: 'frozen', text: null }
  const erase = security.enhanced && !rotates ? '--security-erase-enhanced' : '--security-erase'
  return {
    method,
    async erase() {
      try {
        if (!security.enabled)
          await order(here, method, 'hdparm', ...USER, '--security-set-pass', PASSWORD, here.node())
        await order(here, method, 'hdparm', ...USER, erase, PASSWORD, here.node())
      } catch (error) {
        // also of a run that is being cancelled; a disk that was erased has none any more
        const anyway = { ...here, signal: AbortSignal.timeout(LAST_WORD) }
        await ask(anyway, 'hdparm', ...USER, '--security-disable', PASSWORD, here.node()).catch(() => {})
        throw error
      }
    },
  }
}
