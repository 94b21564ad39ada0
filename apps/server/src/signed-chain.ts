/** Whether a boot file is of the chain that Secure Boot lets through: Debian's shim and the GRUB behind it. */
export const isOfSignedChain = (name: string): boolean => /^(shim|grub)(x64|aa64)\.efi$/.test(name)

/** What shim and GRUB ask for and do without: their lists of what is revoked, certificates beside shim, lists of modules. */
export const isOptional = (name: string): boolean =>
  /^(revocations_\w+\.efi|shim_certificate_\d+\.efi|grub\/.*\.lst)$/.test(name)
