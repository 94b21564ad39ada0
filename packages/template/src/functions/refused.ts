const REASONS: { says: string; names: string[] }[] = [
  { says: 'reads the server’s environment', names: ['env', 'expandenv'] },
  { says: 'asks the network', names: ['getHostByName', 'lookup'] },
  {
    says: 'gives another value each time, and a plan is made once and for good',
    names: (
      'now date dateInZone date_in_zone dateModify date_modify mustDateModify must_date_modify ago htmlDate htmlDateInZone ' +
      'toDate mustToDate unixEpoch duration durationRound randAlpha randAlphaNum randAscii randNumeric randBytes randInt ' +
      'shuffle uuidv4'
    ).split(' '),
  },
  {
    says: 'makes keys, certificates or password hashes, which belong into a profile and not into a plan',
    names: (
      'genPrivateKey genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey ' +
      'buildCustomCert derivePassword encryptAES decryptAES bcrypt htpasswd'
    ).split(' '),
  },
  { says: 'reads files', names: ['osBase', 'osClean', 'osDir', 'osExt', 'osIsAbs'] },
  { says: 'is Helm’s, and not the template language’s', names: ['include', 'tpl', 'required', 'fromYaml', 'toToml'] },
  { says: 'calls functions in the data, and there are none', names: ['call'] },
]

/** Why there is no such function, in a sentence. @param known those that there are */
export function refusal(name: string, known: readonly string[]): string {
  const reason = REASONS.find(({ names }) => names.includes(name))
  if (reason) return `${name} is not supported: it ${reason.says}`
  const near = known.find((other) => other.toLowerCase() === name.toLowerCase())
  return `there is no function ${name}${near ? `: did you mean ${near}?` : ''}`
}
