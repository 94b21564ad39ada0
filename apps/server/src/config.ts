import { LEAST_KEPT_FREE, MOST_KEPT_FREE } from '@eims/contracts'
import { z } from 'zod'

const file = z.string().startsWith('/', 'must be an absolute path').nullable()

/** Everything the service is told from outside, read once in main.ts. */
export const Config = z.object({
  dataDir: z.string().startsWith('/', 'must be an absolute path'),
  /** Micro-OS and iPXE as built by deploy/artifacts.ts */
  artifactsDir: z.string().startsWith('/', 'must be an absolute path'),
  /** boot files of the operator's own, which go before those of artifactsDir */
  bootFilesDir: z.string().startsWith('/', 'must be an absolute path').optional(),
  /** images are added by path from these folders only */
  imageFolders: z.array(z.string().startsWith('/', 'must be an absolute path')).max(32),
  /** bytes that images leave free on the data disk; null: as `keptFree` says */
  keepFree: z.coerce.number().int().min(LEAST_KEPT_FREE).max(MOST_KEPT_FREE).nullable(),
  httpPort: z.coerce.number().int().min(1).max(65_535),
  /** the machines' port over TLS */
  httpsPort: z.coerce.number().int().min(1).max(65_535),
  adminPort: z.coerce.number().int().min(1).max(65_535),
  /** the administrator's port over TLS, on every address; 0: none */
  adminHttpsPort: z.coerce.number().int().min(0).max(65_535),
  /** PEM files; null where the service makes its own */
  caCert: file,
  caKey: file,
  tlsCert: file,
  tlsKey: file,
  /** TFTP transfers from port 69 instead of a port each */
  tftpSinglePort: z.enum(['yes', 'no']),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')
    .optional(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']),
})
export type Config = z.infer<typeof Config>

const flags: Record<string, keyof Config> = {
  '--data': 'dataDir',
  '--artifacts': 'artifactsDir',
  '--boot-files': 'bootFilesDir',
  '--image-folder': 'imageFolders',
  '--keep-free': 'keepFree',
  '--http-port': 'httpPort',
  '--https-port': 'httpsPort',
  '--admin-port': 'adminPort',
  '--admin-https-port': 'adminHttpsPort',
  '--ca-cert': 'caCert',
  '--ca-key': 'caKey',
  '--tls-cert': 'tlsCert',
  '--tls-key': 'tlsKey',
  '--tftp-single-port': 'tftpSinglePort',
  '--log-level': 'logLevel',
}

/**
 * Flags before environment before defaults.
 * Throws one error that lists every bad value.
 */
export function readConfig(argv: string[], env: Record<string, string | undefined>): Config {
  const given: Partial<Record<keyof Config, string>> = {}
  const imageFolders: string[] = []
  for (let index = 0; index < argv.length; index += 2) {
    const key = flags[argv[index] ?? '']
    if (!key) throw new Error(`unknown option ${argv[index]}`)
    const value = argv[index + 1]
    if (value === undefined) throw new Error(`${argv[index]} needs a value`)
    if (key === 'imageFolders') imageFolders.push(value)
    else given[key] = value
  }
  const parsed = Config.safeParse({
    dataDir: given.dataDir ?? env.EIMS_DATA ?? '/var/lib/eims',
    artifactsDir: given.artifactsDir ?? `${env.EIMS_CACHE ?? '/var/cache/eims'}/artifacts`,
    bootFilesDir: given.bootFilesDir,
    imageFolders,
    keepFree: given.keepFree ?? null,
    httpPort: given.httpPort ?? 7480,
    httpsPort: given.httpsPort ?? 7443,
    adminPort: given.adminPort ?? 7481,
    adminHttpsPort: given.adminHttpsPort ?? 7444,
    caCert: given.caCert ?? null,
    caKey: given.caKey ?? null,
    tlsCert: given.tlsCert ?? null,
    tlsKey: given.tlsKey ?? null,
    tftpSinglePort: given.tftpSinglePort ?? 'no',
    databaseUrl: env.EIMS_DATABASE_URL || undefined,
    logLevel: given.logLevel ?? env.EIMS_LOG_LEVEL ?? 'info',
  })
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '))
}
