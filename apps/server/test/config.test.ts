import t from 'tap'
import { readConfig } from '../src/config.ts'

await t.test('flags go before the environment, the environment before defaults', async (t) => {
  t.strictSame(
    readConfig(['--data', '/srv/eims', '--http-port', '8080'], { EIMS_DATA: '/other', EIMS_CACHE: '/cache' }),
    {
      dataDir: '/srv/eims',
      artifactsDir: '/cache/artifacts',
      bootFilesDir: undefined,
      imageFolders: [],
      keepFree: null,
      httpPort: 8080,
      httpsPort: 7443,
      adminPort: 7481,
      adminHttpsPort: 7444,
      caCert: null,
      caKey: null,
      tlsCert: null,
      tlsKey: null,
      tftpSinglePort: 'no',
      databaseUrl: undefined,
      logLevel: 'info',
    },
  )
  t.equal(readConfig([], { EIMS_DATA: '/other' }).dataDir, '/other')
  t.strictSame(readConfig(['--image-folder', '/srv/a', '--image-folder', '/srv/b'], {}).imageFolders, [
    '/srv/a',
    '/srv/b',
  ])
  t.equal(readConfig(['--keep-free', '2000000000'], {}).keepFree, 2e9)
  t.equal(readConfig([], {}).dataDir, '/var/lib/eims')
})

await t.test('every bad value is named', async (t) => {
  t.throws(
    () => readConfig(['--http-port', '0', '--log-level', 'loud'], { EIMS_DATABASE_URL: 'mysql://x' }),
    /httpPort .*databaseUrl must begin with postgresql:\/\/.*logLevel/,
  )
  for (const size of ['63999999', '1000000000001', 'much', '1.5'])
    t.throws(() => readConfig(['--keep-free', size], {}), /keepFree/)
  t.throws(() => readConfig(['--prot', '1'], {}), /unknown option --prot/)
  t.throws(() => readConfig(['--data'], {}), /--data needs a value/)
})
