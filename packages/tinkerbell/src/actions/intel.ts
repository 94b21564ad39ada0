import { isYes, type Told, type Verdict } from './contract.ts'

// What of the Edge Infrastructure Manager's own actions is not done, or not always.

/** fde_dmv */
export function securityFeatures({ env }: Told): Verdict {
  return isYes(env.ENABLE_ONLY_DMVERITY)
    ? {
        is: 'left out',
        sentence: 'dm-verity stays as the image has it: nothing is changed on the disk for it',
        remedy: 'Take an image that was built with dm-verity, if it is wanted.',
      }
    : {
        is: 'refused',
        sentence: 'fde_dmv encrypts the disk with a key in the TPM, and eims does not encrypt disks',
        remedy:
          'Set ENABLE_ONLY_DMVERITY to true and the security feature of the profile to none, or encrypt at the first boot.',
      }
}

/** kernelupgrd */
export function kernelUpgrade({ env }: Told): Verdict {
  return isYes(env.SKIP_KERNEL_UPGRADE)
    ? { is: 'left out', sentence: 'SKIP_KERNEL_UPGRADE is true: there is nothing to do', remedy: 'Nothing.' }
    : {
        is: 'refused',
        sentence: 'kernelupgrd installs a kernel from the Internet and moves the partitions for it; eims does not',
        remedy: 'Set SKIP_KERNEL_UPGRADE to true, and put the kernel into the image or install it with a cexec action.',
      }
}
