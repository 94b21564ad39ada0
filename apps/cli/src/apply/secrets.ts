import { isUtf8 } from 'node:buffer'
import { type Client, type SecretInput, SecretName, unlessMissing } from '@eims/contracts'
import { z } from 'zod'

const texts = z.record(z.string(), z.string())

/** A Secret of Kubernetes (v1), as far as it says something here. What is wrong with it names no value. */
export const KubernetesSecret = z.strictObject({
  apiVersion: z.literal('v1'),
  metadata: z.looseObject({ name: SecretName }),
  type: z.string().optional(),
  immutable: z.unknown().optional(),
  /** base64 of text */
  data: z.record(z.string(), z.base64().refine(isText, 'is no base64 of text')).default({}),
  stringData: texts.default({}),
})

function isText(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64')
  return isUtf8(bytes) && !bytes.includes(0)
}

/** PURE: what it comes to here; of a key in both, stringData counts, as in Kubernetes. Not checked. */
export const secretOf = ({ metadata, data, stringData }: z.output<typeof KubernetesSecret>): SecretInput => ({
  name: metadata.name,
  values: {
    ...Object.fromEntries(
      Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString('utf8')]),
    ),
    ...stringData,
  },
})

export interface AppliedSecret {
  name: string
  /** `given`: a dry run, and no server tells whether the values differ */
  result: 'created' | 'changed' | 'unchanged' | 'given'
}

/** Sets the values of the secrets of the files, one by one; other keys stay. @param dryRun says what would be done, and does nothing */
export async function applySecrets(
  client: Client,
  secrets: readonly { value: SecretInput }[],
  dryRun: boolean,
): Promise<AppliedSecret[]> {
  const done: AppliedSecret[] = []
  for (const { value } of secrets) {
    const { name, values } = value
    const params = { id: name }
    const was = await client('getSecret', { params }).catch(unlessMissing)
    let result: AppliedSecret['result'] = was ? 'given' : 'created'
    if (!dryRun && !was) await client('addSecret', { body: value })
    if (!dryRun && was) {
      const { updatedAt } = await client('patchSecret', { params, body: { values } })
      result = updatedAt === was.updatedAt ? 'unchanged' : 'changed'
    }
    done.push({ name, result })
  }
  return done
}

/** PURE: what was done with secrets, for people. */
export const secretsText = (applied: readonly AppliedSecret[]): string =>
  applied.map(({ name, result }) => `Secret ${name}: ${result}\n`).join('')
