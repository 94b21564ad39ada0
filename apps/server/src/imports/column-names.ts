import { type CsvColumn, csvColumns } from '@eims/contracts'

/** What people, vendors and other tools call our columns, in some languages. An asset tag is no serial: its owner made it. */
const synonyms: Record<CsvColumn | 'Error', string> = {
  Serial: `serial serialnumber serialnumbers serialno serialnr serialnum sn systemserial systemserialnumber systemsn hostserial
    servicetag servicetagnumber dellservicetag serialid serverserial serverserialnumber serversn machineserial machineserialnumber
    deviceserial deviceserialnumber devicesn productserial productserialnumber
    seriennummer seriennr serienno snr serialnummer serienummer numerodeserie noserie nodeserie nserie ndeserie numserie numdeserie
    numerodiserie matricola sarjanumero numerseryjny シリアル番号 序列号 일련번호`,
  UUID: 'uuid systemuuid smbiosuuid hostuuid productuuid biosuuid machineuuid serveruuid deviceuuid guid systemguid uuidguid',
  OSProfile: 'osprofile profile os operatingsystem osprofilename osprofil',
  Site: 'site sitename',
  Secure: 'secure security securefeature secureboot',
  RemoteUser: 'remoteuser account localaccount localaccountname',
  Metadata: 'metadata labels',
  MAC: 'bootmac pxemac ethernetmac',
  Name: 'name hostname nodename host rechnername servername computername nomdhote nombredehost nomehost',
  Batch: 'batch batchname lot order ordernumber charge lote',
  Manufacturer: 'manufacturer vendor maker make hersteller fabricant fabricante produttore fabrikant',
  Product: 'product productname model modelname modell modellname modele modelo modello produkt produktname',
  Disk: 'disk diskrule targetdisk osdisk',
  Error: 'error errors errordonotfill',
}
/** Columns of orch-cli that nothing here uses. What stands in them is kept as metadata under the column's name. */
const kept = ['LVMSize', 'CloudInitMeta', 'K8sEnable', 'K8sClusterTemplate', 'K8sConfig', 'AMTEnable']

const mac = 'macs?(?:addr(?:ess(?:es)?)?|adressen?)?|(?:adresse|direccion|indirizzo|endereco|adres)mac'
/** Not those of a BMC, of WLAN or Bluetooth: no machine boots from them. */
const port =
  'lan|nic|eth|ethernet|port|net|network|netzwerk|interface|schnittstelle|onboard|integrated|embedded|pxe|boot|primary|secondary'
/** `MAC 2`, `MAC-Adresse`, `LAN1 MAC`, `MAC Address NIC 1`, `Port 2 MAC Address`; and `NIC1`. */
const macNames = new RegExp(
  `^(?:(?:${mac})(?:${port})?(?:\\d{1,3}|[a-h])?|(?:${port})+\\d{0,3}(?:${mac})\\d{0,2}|nic\\d{1,2})$`,
)

/** So many characters of a name are compared. Cells are longer at will, and one character may be decomposed into 18. */
export const MOST_COMPARED = 200

/** PURE: a name without case, spaces, punctuation and accents, by which names are compared. */
export const plainName = (text: string): string =>
  text
    .trim()
    .slice(0, MOST_COMPARED)
    .normalize('NFKD')
    .slice(0, MOST_COMPARED)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

const meanings = new Map<string, CsvColumn | 'Error'>()
for (const column of [...csvColumns, 'Error'] as const)
  for (const word of synonyms[column].split(/\s+/)) meanings.set(plainName(word), column)
const keptBy = new Map(kept.map((name) => [plainName(name), name]))

/** PURE: which of our columns a name means; undefined when none. */
export const columnNamed = (name: string): CsvColumn | 'Error' | undefined => {
  const word = plainName(name)
  return meanings.get(word) ?? (macNames.test(word) ? 'MAC' : undefined)
}

/** PURE: the metadata key of a column that another tool has and nothing here uses. */
export const keptAs = (name: string): string | undefined => keptBy.get(plainName(name))
