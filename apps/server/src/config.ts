import { z } from 'zod'

/** Everything the service is told from outside, read once in main.ts. */
export const Config = z.object({
  dataDir: z.string().startsWith('/', 'must be an absolute path'),
  /** Micro-OS and iPXE as built by deploy/artifacts.ts */
  artifactsDir: z.string().startsWith('/', 'must be an absolute path'),
  httpPort: z.coerce.number().int().min(1).max(65_535),
  adminPort: z.coerce.number().int().min(1).max(65_535),
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
  '--http-port': 'httpPort',
  '--admin-port': 'adminPort',
  '--log-level': 'logLevel',
}

/**
 * Flags before environment before defaults.
 * Throws one error that lists every bad value.
 */
export function readConfig(argv: string[], env: Record<string, string | undefined>): Config {
  const given: Partial<Record<keyof Config, string>> = {}
  for (let index = 0; index < argv.length; index += 2) {
    const key = flags[argv[index] ?? '']
    if (!key) throw new Error(`unknown option ${argv[index]}`)
    const value = argv[index + 1]
    if (value === undefined) throw new Error(`${argv[index]} needs a value`)
    given[key] = value
  }
  const parsed = Config.safeParse({
    dataDir: given.dataDir ?? env.EIMS_DATA ?? '/var/lib/eims',
    artifactsDir: given.artifactsDir ?? `${env.EIMS_CACHE ?? '/var/cache/eims'}/artifacts`,
    httpPort: given.httpPort ?? 7480,
    adminPort: given.adminPort ?? 7481,
    databaseUrl: env.EIMS_DATABASE_URL || undefined,
    logLevel: given.logLevel ?? env.EIMS_LOG_LEVEL ?? 'info',
  })
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '))
}
